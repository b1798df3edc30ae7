"""`GET /v1/declarations` and `GET /v1/anomalies`: filters, and pages of a list that changes while it is read."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.client import Client
from tests.api.system import APPLIED, System
from tests.helpers.arrivals import receipt, unified
from tests.helpers.extent import examples

from clearance.api import models, paging
from clearance.api.problems import Problem
from clearance.store.reader import reading
from clearance.store.rows import WantedDeclarations
from clearance.store.viewer import EVERYBODY, Viewer

SHARED = [HealthCheck.function_scoped_fixture]
MIXED = (
    "held-then-released",
    "rejected-and-left",
    "import-taxed-then-released",
    "uk-export-exits",
    "uk-detained-then-cleared",
    "entry-number-first",
    "suspended-and-waiting",
)


def ids(client: Client, **asked: object) -> list[str]:
    rows = client.get(f"/v1/declarations?{urlencode(asked, doseq=True)}").json()["declarations"]
    return [row["id"] for row in rows]


def code(shown: object) -> str:
    """What a filter would be given to find this."""
    if isinstance(shown, dict):
        return str(shown["code"])
    return str(shown).lower() if isinstance(shown, bool) else str(shown)


def walked(client: Client, address: str | None, rows: str) -> list[str]:
    """The ids on all pages from an address on."""
    found = []
    while address is not None:
        answer = client.get(address)
        assert answer.status_code == 200
        found += [row["id"] for row in answer.json()[rows]]
        address = answer.json()["next"]
        assert answer.headers.get("Link") == (f'<{address}>; rel="next"' if address else None)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("limit", [3, 100])
def test_a_page_is_what_the_model_writes_also_when_its_rows_were_made_before(
    client: Client, system: System, language: str, limit: int
) -> None:
    system.play(*MIXED)
    for _ in range(2):
        told = client.get(f"/v1/declarations?limit={limit}", headers={"Accept-Language": language})
        assert told.headers["Content-Language"] == language
        assert told.text == models.Declarations.model_validate_json(told.content).model_dump_json(by_alias=True)


def test_what_changed_last_comes_first_and_pointers_are_left_out(client: Client, system: System) -> None:
    system.play(*MIXED)
    rows = client.get("/v1/declarations").json()["declarations"]
    times = [row["updated_at"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert not [row["id"] for row in rows if row["id"].startswith("cn:entry:")]


def test_a_row_tells_authority_formats_and_what_is_open(client: Client, system: System) -> None:
    system.play(*MIXED)
    rows = client.get("/v1/declarations?limit=100").json()["declarations"]
    assert {row["authority"]["code"] for row in rows} == {"cn", "uk"}
    assert len({name for row in rows for name in row["formats"]}) >= 2
    assert len({row["status"]["code"] for row in rows}) >= 5
    [suspended] = [row for row in rows if row["status"]["code"] == "suspended"]
    assert [one["code"] for one in suspended["anomalies"]] == ["A08"]


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("status", ["released", "rejected"]),
        ("group", ["cleared"]),
        ("direction", ["import"]),
        ("office", ["2901"]),
        ("in_progress", ["false"]),
    ],
)
def test_filters_leave_out_the_others(client: Client, system: System, asked: str, values: list[str]) -> None:
    system.play(*MIXED)
    rows = client.get("/v1/declarations").json()["declarations"]
    wanted = [row["id"] for row in rows if code(row[asked]) in values]
    assert 0 < len(wanted) < len(rows)
    assert ids(client, **{asked: values}) == wanted


def test_filters_add_up(client: Client, system: System) -> None:
    system.play(*MIXED)
    rows = client.get("/v1/declarations").json()["declarations"]
    wanted = [row["id"] for row in rows if row["in_progress"] and code(row["direction"]) == "export"]
    assert ids(client, in_progress="true", direction="export") == wanted


def test_updated_since_goes_by_our_clock(client: Client, system: System) -> None:
    system.play(*MIXED)
    rows = client.get("/v1/declarations").json()["declarations"]
    assert ids(client, updated_since=rows[2]["updated_at"]) == [row["id"] for row in rows[2::-1]]
    assert ids(client, updated_since="2026-10-31T08:00:00+08:00") == [row["id"] for row in rows[::-1]]


def test_pages_keep_the_filters(client: Client, system: System) -> None:
    system.play(*MIXED)
    all_of_it = ids(client, in_progress="true")
    assert walked(client, "/v1/declarations?in_progress=true&limit=1", "declarations") == all_of_it


@settings(max_examples=examples(25), deadline=None, suppress_health_check=SHARED)
@given(limit=st.integers(1, 40))
def test_every_row_comes_once_while_nothing_changes(thirty: Client, limit: int) -> None:
    found = walked(thirty, f"/v1/declarations?limit={limit}", "declarations")
    assert found == ids(thirty, limit=500)
    assert len(found) == 30


@settings(max_examples=examples(60), deadline=None, suppress_health_check=SHARED)
@given(limit=st.integers(1, 12), moves=st.lists(st.lists(st.integers(0, 29), max_size=6), max_size=12))
def test_no_row_is_missed_while_rows_move(thirty: Client, system: System, limit: int, moves: list[list[int]]) -> None:
    seen: Counter[str] = Counter()
    wanted, cursor, first = WantedDeclarations(), None, True
    while first or cursor is not None:
        held = paging.read(paging.opaque(cursor, EVERYBODY), 0, EVERYBODY)
        with reading(system.store, EVERYBODY) as reader:
            rows, cursor = paging.declarations(reader, wanted, held, limit, 0)
        seen.update(row.id for row in rows)
        first = False
        for number in moves.pop() if moves else ():
            system.touch(f"cn:unified:{unified(number)}")
    assert set(seen) == {f"cn:unified:{unified(number)}" for number in range(30)}


def test_a_row_that_moves_below_the_page_comes_again_as_it_is_then(thirty: Client, system: System) -> None:
    page = thirty.get("/v1/declarations?limit=10").json()
    moved = page["declarations"][3]["id"]
    system.touch(moved)
    rest = walked(thirty, page["next"], "declarations")
    assert rest[-1] == moved
    assert len(rest) == 21


@pytest.fixture
def thirty(client: Client, system: System) -> Client:
    system.take(receipt("L", seq=unified(number)) for number in range(30))
    return client


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "W3RydWVd", "%00", "a" * 2000])
def test_a_cursor_of_another_make_is_refused_by_name(client: Client, cursor: str) -> None:
    for path in ("/v1/declarations", "/v1/anomalies"):
        answer = client.get(f"{path}?cursor={cursor}")
        assert answer.status_code == 422
        assert answer.json()["names"] == "cursor"


@given(cursor=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_cursor_is_read_or_refused(cursor: str) -> None:
    with suppress(Problem):
        paging.read(cursor, 0, EVERYBODY)


@given(
    up=st.booleans(),
    at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    name=st.text(st.characters(categories=["L", "N", "P"]), max_size=40),
)
def test_a_cursor_is_read_as_it_was_given(up: bool, at: datetime, name: str) -> None:
    cursor = paging.Cursor(up, at, name, APPLIED, name, 2)
    assert paging.read(paging.opaque(cursor, EVERYBODY), 2, EVERYBODY) == cursor
    with pytest.raises(Problem) as caught:
        paging.read(paging.opaque(cursor, EVERYBODY), 1, EVERYBODY)
    assert (caught.value.slug, caught.value.status_code) == ("cursor-of-another-epoch", 410)


ACME = Viewer("acme")
RECORDED = "W3RydWUsIjIwMjYtMDMtMDJUMDA6MDA6MDBaIiwiY246dW5pZmllZDoxIiwiMjAyNi0wMy0wMlQwMDowMDowMFoiLCJhIiwyXQ"


def test_a_cursor_is_of_use_only_to_the_viewer_that_got_it() -> None:
    cursor = paging.Cursor(False, APPLIED, "cn:unified:1", APPLIED, "cn:unified:1", 2)
    assert paging.read(paging.opaque(cursor, ACME), 2, ACME) == cursor
    for viewer, reads in ((ACME, EVERYBODY), (EVERYBODY, ACME), (Viewer("other"), ACME)):
        with pytest.raises(Problem) as caught:
            paging.read(paging.opaque(cursor, viewer), 2, reads)
        assert caught.value.slug == "invalid-parameter"


def test_cursors_of_everybody_keep_their_bytes() -> None:
    """Recorded before viewers were known: a client may hold one over an upgrade."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    cursor = paging.Cursor(True, at, "cn:unified:1", at, "a", 2)
    assert paging.opaque(cursor, EVERYBODY) == RECORDED


def test_open_anomalies_come_first_and_alone(client: Client, system: System) -> None:
    system.play(*MIXED)
    found = client.get("/v1/anomalies").json()["anomalies"]
    assert found
    assert {one["state"]["code"] for one in found} == {"open"}
    opened = [one["opened_at"] for one in found]
    assert opened == sorted(opened, reverse=True)
    every = client.get("/v1/anomalies?state=any").json()["anomalies"]
    resolved = client.get("/v1/anomalies?state=resolved&state=moved&state=merged&state=escalated").json()["anomalies"]
    assert len(every) == len(found) + len(resolved) > len(found)


LIMITED = ("two-step-completion-missing", "two-step-day-of-entry-told-later", "two-step-completed-after-the-warning")


def test_anomalies_go_by_their_limits_and_those_without_come_last(client: Client, system: System) -> None:
    system.play(*MIXED, *LIMITED)
    every = client.get("/v1/anomalies?state=any").json()["anomalies"]
    limits = [one["limit"] for one in every if one["limit"]]
    assert limits == sorted(limits)
    assert len(set(limits)) > 1
    assert all(one["limit"] is None for one in every[len(limits) :])
    opened = [one["opened_at"] for one in every[len(limits) :]]
    assert opened == sorted(opened, reverse=True)
    for size in (1, 2, len(limits)):
        pages = walked(client, f"/v1/anomalies?state=any&limit={size}", "anomalies")
        assert pages == [one["id"] for one in every]


def test_a_cursor_from_before_lists_went_by_limits_goes_on_among_those_without(client: Client, system: System) -> None:
    system.play(*MIXED, *LIMITED)
    *_, before, last = client.get("/v1/anomalies?state=any").json()["anomalies"]
    place = (datetime.fromisoformat(before["opened_at"]), before["id"])
    cursor = paging.opaque(paging.Cursor(False, *place, *place, epoch=0), EVERYBODY)
    found = client.get(f"/v1/anomalies?state=any&cursor={cursor}").json()["anomalies"]
    assert [one["id"] for one in found] == [last["id"]]


def test_an_anomaly_is_told_in_the_language_asked_for_with_the_officers_note(client: Client, system: System) -> None:
    system.play("suspended-and-waiting")
    english, chinese = (
        client.get("/v1/anomalies?rule=A08", headers={"Accept-Language": language}).json()["anomalies"][0]
        for language in ("en", "zh")
    )
    assert english["text"] == (
        "The declaration is suspended. Customs writes: “挂起，需手工申报”. See to it at the customs office."
    )
    assert chinese["text"] == "报关单被挂起；海关原文：“挂起，需手工申报”；联系现场海关办理。"
    assert english["evidence"]["text"] == "挂起，需手工申报"


def test_an_anomaly_tells_what_is_wrong_whom_it_concerns_and_why(client: Client, system: System) -> None:
    system.play("suspended-and-waiting")
    one = client.get("/v1/anomalies?rule=A08").json()["anomalies"][0]
    assert one["rule"] == {"code": "A08", "words": "detained, suspended or handled outside the system"}
    assert [who["code"] for who in one["addressees"]] == ["trader", "broker", "legal"]
    assert one["evidence"]["receipts"]
    declaration = client.get(one["links"]["declaration"]).json()
    of_declaration = {"declaration_status", "declaration_numbers", "updated_at", "incident"}
    one = {name: value for name, value in one.items() if name not in of_declaration}
    assert declaration["anomalies"] == [one]
    assert client.get(one["links"]["self"]).json() == one
    in_chinese = client.get(one["links"]["self"], headers={"Accept-Language": "zh"}).json()
    assert in_chinese["rule"]["words"] == "扣留、挂起或系统外办理"


@pytest.mark.parametrize(("asked", "values"), [("rule", ["A07", "A08"]), ("severity", ["high"]), ("state", ["open"])])
def test_anomalies_are_filtered(client: Client, system: System, asked: str, values: list[str]) -> None:
    system.play(*MIXED)
    every = client.get("/v1/anomalies?state=any").json()["anomalies"]
    wanted = [one["id"] for one in every if code(one[asked]) in values]
    assert 0 < len(wanted) < len(every)
    rest = "" if asked == "state" else "state=any&"
    found = client.get(f"/v1/anomalies?{rest}{urlencode({asked: values}, doseq=True)}").json()["anomalies"]
    assert [one["id"] for one in found] == wanted


def test_anomalies_may_be_asked_for_from_a_time_on(client: Client, system: System) -> None:
    system.play(*MIXED)
    every = client.get("/v1/anomalies?state=any").json()["anomalies"]
    since = every[len(every) // 2]["opened_at"]
    found = client.get(f"/v1/anomalies?state=any&opened_since={since}").json()["anomalies"]
    assert found == [one for one in every if one["opened_at"] >= since]
    assert 0 < len(found) < len(every)


def test_anomalies_by_office_and_direction_are_those_of_such_declarations(client: Client, system: System) -> None:
    system.play(*MIXED)
    found = client.get("/v1/anomalies?state=any&office=2901&direction=export").json()["anomalies"]
    assert found
    for one in found:
        declaration = client.get(one["links"]["declaration"]).json()
        assert (declaration["office"], declaration["direction"]["code"]) == ("2901", "export")


def test_pages_of_anomalies_hold_each_once(client: Client, system: System) -> None:
    system.play(*MIXED)
    every = [one["id"] for one in client.get("/v1/anomalies?state=any").json()["anomalies"]]
    assert walked(client, "/v1/anomalies?state=any&limit=2", "anomalies") == every


def test_an_anomaly_that_never_was_is_unknown(client: Client) -> None:
    answer = client.get(f"/v1/anomalies/{'0' * 24}")
    assert (answer.status_code, answer.json()["anomaly"]) == (404, "0" * 24)
