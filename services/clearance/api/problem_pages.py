"""`/problems`: the page to which the `type` of a problem leads: what it means, what to do, an example. Needs no key."""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Annotated, Literal

from fastapi import FastAPI, Header, Response
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from clearance.api import examples
from clearance.api.problems import PAGES, ProblemRow, body, problem_rows
from clearance.api.words import Language, chosen
from clearance.contracts.tables import Row, index

NOTHING_RUNS = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = "body{font:1rem/1.6 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}pre{overflow-x:auto}"
AGAIN = {
    "same": ("原样重发即可。", "The same request may be sent again."),
    "later": ("稍后原样重发。", "The same request may be sent again later."),
    "change": ("改正之前重发无用。", "The same request will be refused again."),
}
HEADINGS = {
    "zh": ("含义", "怎么办", "例子", "所有问题", "状态码"),
    "en": ("What it means", "What to do", "An example", "All problems", "status"),
}


class StatusRow(Row):
    """What to do about any problem of a status; `again` says whether the same request may be sent again."""

    status: int
    again: Literal["same", "later", "change"]
    zh: str
    en: str


@cache
def status_rows() -> dict[int, StatusRow]:
    """The table by status. Raises `InvalidTable`."""
    path = Path(__file__).parent / "problem-statuses.csv"
    return index(path, ((row.status, row) for row in StatusRow.read(path)))


def add_to(app: FastAPI) -> None:
    """Serve a page for each problem, and one that lists them."""

    @app.get(PAGES, include_in_schema=False)
    async def problem_list(accept_language: Annotated[str, Header()] = "") -> Response:
        return _answer(listed(chosen(accept_language)), chosen(accept_language))

    @app.get(PAGES + "/{slug}", include_in_schema=False)
    async def problem(slug: str, accept_language: Annotated[str, Header()] = "") -> Response:
        if slug not in problem_rows():
            raise HTTPException(404)
        return _answer(page(slug, chosen(accept_language)), chosen(accept_language))


def page(slug: str, language: Language) -> str:
    """The page of one problem, in HTML."""
    row = problem_rows()[slug]
    example = body(slug, language, **examples.PROBLEM_MEMBERS[slug])
    advice, at = status_rows()[row.status], 0 if language == "zh" else 1
    means, remedy, shown, others, status = HEADINGS[language]
    parts = [
        f"<h1>{escape(example['title'])}</h1>",
        f"<p><code>{slug}</code>, {status} {row.status}</p>",
        f"<h2>{means}</h2><p>{escape(example['detail'])}</p>",
        f"<h2>{remedy}</h2><p>{escape((advice.zh, advice.en)[at])}</p><p>{AGAIN[advice.again][at]}</p>",
        f"<h2>{shown}</h2><pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>",
        f'<p><a href="{PAGES}">{others}</a></p>',
    ]
    return _html(example["title"], language, parts)


def listed(language: Language) -> str:
    """The page of all, by status."""
    rows = sorted(problem_rows().values(), key=lambda row: (row.status, row.slug))
    title = HEADINGS[language][3]
    items = [f'<li>{row.status} <a href="{PAGES}/{row.slug}">{escape(_title(row, language))}</a></li>' for row in rows]
    return _html(title, language, [f"<h1>{title}</h1><ul>", *items, "</ul>"])


def _title(row: ProblemRow, language: Language) -> str:
    return row.title_zh if language == "zh" else row.title_en


def _html(title: str, language: Language, parts: list[str]) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _answer(html: str, language: Language) -> Response:
    told = {"Content-Language": language, "Vary": "Accept-Language", "Content-Security-Policy": NOTHING_RUNS}
    return HTMLResponse(html, headers={**told, "Referrer-Policy": "no-referrer", "Cache-Control": "max-age=3600"})
