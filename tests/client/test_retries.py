"""What goes wrong on the way: asked again while that can help, told as an exception that says what to do."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.conftest import Connect

from clearance.client import (
    ClearanceError,
    HistoryMoved,
    KeyRefused,
    NotAllowed,
    Refused,
    Retries,
    TooMany,
    Unavailable,
    Unreachable,
)
from clearance.client.retries import ENDLESS, ONCE, seconds_of

COMMAND = {"command_id": "c", "outcome": {"code": "accepted", "words": ""}, "reason": "", "declaration": "d"}
JSON = "application/problem+json"
GOOD = httpx.Response(200, json={**COMMAND, "links": {}})
Outcome = httpx.Response | Exception
Ask = Callable[[Any], Any]


def problem(status: int, slug: str, **headers: str) -> httpx.Response:
    told = {"type": f"/problems/{slug}", "title": "", "status": status, "detail": "what to do"}
    return httpx.Response(
        status, headers={"Content-Type": "application/problem+json", **headers}, text=json.dumps(told)
    )


def answering(*outcomes: Outcome) -> Callable[[httpx.Request], httpx.Response]:
    """One after the other; a question too many fails the test."""
    left: Iterator[Outcome] = iter(outcomes)

    def answer(_: httpx.Request) -> httpx.Response:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return httpx.Response(outcome.status_code, headers=outcome.headers, content=outcome.content)

    return answer


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("the answer was cut off"),
        problem(503, "busy"),
        problem(503, "older-than-held"),
        problem(429, "over-quota", **{"Retry-After": "0"}),
        problem(408, "request-too-slow"),
        httpx.Response(502, text="<html>a proxy"),
        httpx.Response(500, text="Internal Server Error"),
    ],
    ids=["refused", "slow", "cut", "busy", "behind", "quota", "slow-request", "proxy", "ended"],
)
@pytest.mark.parametrize("ask", [lambda it: it.command("c"), lambda it: it.acknowledge("a")], ids=["get", "post"])
def test_what_passes_is_waited_for(connect: Connect, failure: Outcome, ask: Ask) -> None:
    assert ask(connect(answering=answering(failure, failure, GOOD))).value.outcome.code == "accepted"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (problem(401, "key-mistyped"), KeyRefused),
        (problem(403, "scope-lacking"), NotAllowed),
        (problem(410, "cursor-of-another-epoch"), HistoryMoved),
        (problem(422, "invalid-parameter"), Refused),
        (problem(500, "internal-error"), Refused),
    ],
)
def test_what_does_not_pass_is_told_at_once(connect: Connect, failure: httpx.Response, kind: type[Refused]) -> None:
    with pytest.raises(kind, match="what to do") as told:
        connect(answering=answering(failure)).command("c")
    assert (told.value.status, f"/problems/{told.value.slug}") == (failure.status_code, failure.json()["type"])


@pytest.mark.parametrize(
    "other",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(404, text="nginx"),
        httpx.Response(301, headers={"Location": "https://elsewhere.example/"}),
        httpx.InvalidURL("no address"),
        httpx.UnsupportedProtocol("no scheme"),
    ],
    ids=["page", "object", "list", "bytes", "missing", "moved", "address", "scheme"],
)
def test_what_is_no_api_of_ours_is_told_at_once(connect: Connect, other: Outcome) -> None:
    with pytest.raises(Unreachable, match=r"address|is the API there"):
        connect(answering=answering(other)).command("c")


def test_patience_has_an_end_and_the_last_reason_is_told(connect: Connect) -> None:
    away, busy = httpx.ConnectError("refused"), problem(503, "busy")
    with pytest.raises(Unavailable, match="busy"):
        connect(answering=answering(away, busy, away, busy)).command("c")
    with pytest.raises(Unreachable, match="refused") as told:
        connect(answering=answering(busy, busy, busy, away)).command("c")
    assert isinstance(told.value.__cause__, httpx.ConnectError)
    with pytest.raises(Unavailable):
        connect(answering=answering(busy), retries=ONCE).command("c")


def test_who_asks_for_more_patience_than_there_is_is_not_waited_for(connect: Connect) -> None:
    with pytest.raises(TooMany) as told:
        connect(answering=answering(problem(429, "over-quota", **{"Retry-After": "3600"}))).command("c")
    assert told.value.retry_after == 3600


def test_a_key_and_a_language_are_sent_and_the_key_stands_in_no_error(connect: Connect) -> None:
    seen = []

    def refuses(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["Authorization"], request.headers["Accept-Language"]))
        return problem(401, "key-unknown")

    with pytest.raises(ClearanceError) as told:
        connect(answering=refuses, key="clr_secret", language="zh").command("c")
    assert seen == [("Bearer clr_secret", "zh")]
    assert "secret" not in repr(told.value)


@given(attempt=st.integers(1, 10**6), asked=st.none() | st.floats(0, 90), dice=st.floats(0, 0.999))
def test_a_pause_is_never_shorter_than_asked_for_and_bounded(attempt: int, asked: float | None, dice: float) -> None:
    pause = Retries(attempts=2**62).pause(attempt, asked, lambda: dice)
    assert pause is not None
    assert (asked or 0) <= pause <= (asked or 0) + Retries().longest_seconds
    assert ENDLESS.pause(attempt, 1e9, lambda: dice) is not None
    assert ONCE.pause(attempt, asked, lambda: dice) is None


def test_retry_after_is_seconds_or_a_time_by_the_servers_own_clock() -> None:
    date, later = (format_datetime(datetime(2026, 3, 2, 1, 0, second, tzinfo=UTC), usegmt=True) for second in (0, 7))
    assert (seconds_of("7", date), seconds_of(later, date), seconds_of(date, later)) == (7, 7, 0)
    assert {seconds_of(one, date) for one in ("", "-1", "soon", "1.5", "٣", "nan")} == {None}
    assert seconds_of(later, "") is None
