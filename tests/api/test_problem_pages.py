"""The type of every problem is an address that opens: in both languages, for everybody, and nothing in it runs."""

import re

import pytest
from tests.api.client import Client
from tests.api.test_problems import told

from clearance.api.problem_pages import status_rows
from clearance.api.problems import problem_rows


@pytest.mark.parametrize("slug", sorted(problem_rows()))
def test_the_type_of_every_problem_opens(client: Client, slug: str) -> None:
    row = problem_rows()[slug]
    for language, title in (("zh", row.title_zh), ("en", row.title_en)):
        page = client.get(f"/problems/{slug}", headers={"Accept-Language": language})
        assert (page.status_code, page.headers["Content-Language"]) == (200, language)
        assert f"<h1>{title}</h1>" in page.text
        assert f'"type": "/problems/{slug}"'.replace('"', "&quot;") in page.text
        assert f">{row.status}<" in page.text or f" {row.status}" in page.text


def test_what_is_answered_leads_there(client: Client) -> None:
    where = told(client.get("/v1/declarations/nobodys"))["type"]
    page = client.get(where)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "no declaration carries the number" in page.text


def test_nothing_in_a_page_runs_or_is_loaded(client: Client) -> None:
    page = client.get("/problems/unknown-number")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script|src=|https?:|\son\w+=", page.text)


def test_all_are_listed(client: Client) -> None:
    page = client.get("/problems", headers={"Accept-Language": "zh"})
    assert {*re.findall(r'href="/problems/([a-z-]+)"', page.text)} == {*problem_rows()}


def test_a_problem_that_there_is_not_is_one(client: Client) -> None:
    for slug in ("nothing", "%3Cb%3E"):
        assert told(client.get(f"/problems/{slug}"))["type"] == "/problems/unknown-route"


def test_of_every_status_it_is_said_what_to_do() -> None:
    assert {*status_rows()} == {row.status for row in problem_rows().values()}
