"""Many registrations in one request: in which forms, what becomes of each row, and what is bounded."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_admission import gate, shows
from tests.api.test_problems import told
from tests.api.test_registrations import HELD, NOBODYS, access, ask, found, register

from clearance.api import registration_rows
from clearance.settings import load

__all__ = ["access", "gate"]
WHERE, CSV, LINES = "/v1/registrations", "text/csv; charset=utf-8", "application/x-ndjson"


def send(client: Client, content: str | bytes, kind: str = CSV, key: str = "commands") -> httpx.Response:
    return client.post(WHERE, content=content, headers={**shows(key), "Content-Type": kind})


def row(answer: httpx.Response, number: int = 0) -> dict[str, Any]:
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()["rows"][number]
    return shown


def test_a_sheet_is_registered(client: Client) -> None:
    sheet = (
        "\ufeffnumber,filed_at,references,labels,trade_scc,trade_name\r\n"
        'E20260004010000101,2026-03-02T01:00:00Z,PO-1;PO-2,"spring; 急",91350100M000100Y43,Acme\r\n'
        "\r\n"
        "E20260004010000102,,,,,\r\n"
    )
    body = send(client, sheet).json()
    assert (body["accepted"], body["refused"], [one["row"] for one in body["rows"]]) == (2, 0, [2, 4])
    shown = ask(client, "/v1/declarations/E20260004010000101/registration").json()
    assert (shown["references"], shown["labels"], shown["filed_at"]) == (
        ["PO-1", "PO-2"],
        ["spring", "急"],
        "2026-03-02T01:00:00Z",
    )
    assert shown["parties"] == {"trade": {"scc": "91350100M000100Y43", "name": "Acme"}}
    assert found(client, "label=急") == ["E20260004010000101"]


def test_lines_of_json_are_registered(client: Client) -> None:
    lines = [{"number": f"E2026000401000010{n}", "labels": ["a"]} for n in range(3)]
    answer = send(client, "\n".join(map(json.dumps, lines)), LINES)
    assert row(answer)["declaration"] == "cn:unified:E20260004010000100"
    assert row(answer)["outcome"] == {"code": "accepted", "words": "accepted"}
    assert len(found(client, "label=a")) == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"number": "COSU6012345678"}, "number: by its form"),
        ({"number": NOBODYS, "labels": [""]}, "labels.0: it has at least 1 characters"),
        ({"number": NOBODYS, "filed_at": "2026-03-02T01:00:00"}, "filed_at: "),
        ({"number": NOBODYS, "unheard_of": 1}, "unheard_of: there is no such field"),
        ({"number": "E\x00"}, "number: "),
        ({"labels": ["a"]}, "number: it is missing"),
        ([], "it is no object"),
        ("E20260004010000100", "it is no object"),
    ],
)
def test_a_row_that_is_refused_says_why_and_the_others_are_taken(client: Client, line: Any, reason: str) -> None:
    good = json.dumps({"number": "E20260004010000100"})
    answer = send(client, f"{json.dumps(line)}\n{good}\n", LINES)
    assert row(answer)["reason"].startswith(reason)
    assert (row(answer)["outcome"]["code"], row(answer)["declaration"]) == ("refused", "")
    assert (row(answer, 1)["outcome"]["code"], row(answer, 1)["new"]) == ("accepted", True)
    assert (answer.json()["accepted"], answer.json()["refused"]) == (1, 1)


def test_a_row_with_too_few_cells_and_a_second_of_one_declaration_are_refused(client: Client) -> None:
    answer = send(client, f"number,labels\n{NOBODYS}\n{NOBODYS},a\nE20260004010000999,b\n")
    reasons = [one["reason"] for one in answer.json()["rows"]]
    assert reasons == ["it has 1 cells, and there are 2 headings", "", "number: line 3 is of the same declaration"]


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        ("", CSV, "line 1"),
        ("number\n", CSV, "body"),
        ("", LINES, "body"),
        ("number,mood\nx,y\n", CSV, "line 1"),
        ("labels\nx\n", CSV, "line 1"),
        ("number,number\nx,y\n", CSV, "line 1"),
        ('number\n"x', CSV, "line 2"),
        (b"number\n\xff\n", CSV, "body"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(client: Client, content: str, kind: str, name: str) -> None:
    answer = send(client, content, kind)
    assert (answer.status_code, told(answer)["errors"][0]["name"]) == (422, name)


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_sheet_with_other_separators_is_told_so(client: Client, between: str) -> None:
    answer = send(client, f"number{between}labels\nE20260004010000101{between}a\n")
    assert answer.status_code == 422
    assert told(answer)["errors"][0]["message"].startswith(f"its cells stand between {between!r}")


def test_it_says_which_types_are_taken(client: Client) -> None:
    answer = send(client, "{}", "application/json")
    assert (answer.status_code, answer.headers["Accept"]) == (415, "text/csv, application/x-ndjson")


def test_rows_are_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration_rows, "MOST", 2)
    sheet = "number\n" + "".join(f"E2026000401000010{n}\n" for n in range(3))
    assert send(client, sheet).status_code == 422
    assert found(client, "limit=5") == []


def test_what_comes_again_changes_nothing(client: Client) -> None:
    sheet = "number,labels\n" + "".join(f"E2026000401000{n:04},a\n" for n in range(1100))
    first, again = send(client, sheet), send(client, sheet)
    assert [first.json()["accepted"], again.json()["accepted"]] == [1100, 1100]
    assert {one["new"] for one in first.json()["rows"]} == {True}
    assert {one["new"] for one in again.json()["rows"]} == {False}


def test_an_organisation_has_so_many_and_no_more(client: Client, app: FastAPI) -> None:
    app.state.settings = load(api_registrations=2)
    answer = send(client, "number\nE20260004010000100\nE20260004010000101\nE20260004010000102\n")
    assert [one["outcome"]["code"] for one in answer.json()["rows"]] == ["accepted", "accepted", "refused"]
    refused = register(client)
    assert (refused.status_code, told(refused)["limit"]) == (409, 2)
    assert register(client, "E20260004010000100", labels=["a"]).status_code == 200
    client.request("DELETE", "/v1/declarations/E20260004010000100/registration", headers=shows("commands"))
    assert register(client).status_code == 201


def test_it_is_no_way_in(client: Client, system: System) -> None:
    """What is told of a row does not depend on whether others hold the number."""
    system.play("held-then-released")
    log = sum(map(len, system.log))
    theirs, nobodys = (send(client, f"number\n{one}\n") for one in (HELD, NOBODYS))
    assert theirs.text.replace(HELD, "") == nobodys.text.replace(NOBODYS, "")
    assert ask(client, f"/v1/declarations/{HELD}").json()["status"]["code"] == "awaiting_first_message"
    assert sum(map(len, system.log)) == log


def test_who_may_only_read_registers_nothing(client: Client) -> None:
    assert send(client, f"number\n{NOBODYS}\n", key="reads").status_code == 403


def test_a_row_that_is_refused_says_why_in_the_language_asked_for(client: Client) -> None:
    headers = {**shows("commands"), "Content-Type": LINES, "Accept-Language": "zh"}
    body = json.dumps({"number": NOBODYS, "unheard_of": 1})
    [one] = client.post("/v1/registrations", content=body, headers=headers).json()["rows"]
    assert one["reason"] == "unheard_of: 没有此字段"
