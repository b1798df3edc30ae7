"""What the API answers, as types; the same by both clients."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.api.system import System
from tests.client.conftest import Connect
from tests.client.flavours import Answering
from tests.helpers.arrivals import receipt

from clearance.client import Conflict, SeveralDeclarations, Unknown

NUMBER = "E20260004010000003"
HELD = f"cn:unified:{NUMBER}"


@pytest.fixture
def client(connect: Connect, api: Answering) -> Any:
    return connect(answering=api)


def test_a_declaration_is_told_with_how_fresh_that_is(client: Any, system: System) -> None:
    system.play("held-then-released")
    answer = client.declaration(NUMBER)
    assert (answer.value.id, answer.value.status.code, answer.value.releasable) == (HELD, "released", True)
    assert answer.value.stage_since == datetime(2026, 3, 3, 0, 10, tzinfo=UTC)
    assert (answer.changed, answer.freshness.as_of is not None) == (True, True)


def test_what_has_not_changed_is_not_sent_again(connect: Connect, api: Answering, system: System) -> None:
    system.play("held-then-released")
    statuses = []

    def watched(request: httpx.Request) -> httpx.Response:
        statuses.append((reply := api(request)).status_code)
        return reply

    client = connect(answering=watched)
    first, second = client.declaration(NUMBER), client.declaration(NUMBER)
    assert statuses == [200, 304]
    assert (second.changed, second.value, second.etag) == (False, first.value, first.etag)


def test_only_so_many_answers_are_kept(connect: Connect, api: Answering, system: System) -> None:
    system.play("held-then-released", "tax-unpaid")
    client = connect(answering=api, kept=1)
    for number in (NUMBER, NUMBER, "290120261650000043", NUMBER):
        client.declaration(number)
    assert [client.declaration(number).changed for number in (NUMBER, "290120261650000043", NUMBER)] == [
        False,
        True,
        True,
    ]


def test_numbers_with_slashes_reach_the_api(client: Any, system: System) -> None:
    system.play("uk-import-in-37-minutes")
    assert client.declaration("uk:sender-lrn:demo-trader/SYN-LRN-00069").value.id == "uk:mrn:26GBSYN00000000069"


def test_timeline_and_messages_are_told(client: Any, system: System) -> None:
    system.play("held-then-released")
    entries = client.timeline(NUMBER).value.entries
    assert [entry.code for entry in entries] == ["7", "L", "J", "C", "P"]
    early = client.timeline(NUMBER, as_of=datetime(2026, 3, 2, 1, tzinfo=UTC)).value
    assert [entry.code for entry in early.entries] == ["7"]
    first = client.messages(NUMBER).value.messages[0]
    assert len(client.message(NUMBER, first.message_id)) == first.size


def test_lists_are_walked_page_by_page(client: Any, system: System) -> None:
    system.play("held-then-released", "tax-unpaid", "uk-import-in-37-minutes")
    all_of_them = {row.id for row in client.declarations(limit=100)}
    assert len(all_of_them) >= 3
    assert {row.id for row in client.declarations(limit=1)} == all_of_them
    assert {row.status.code for row in client.declarations(status=["released"], limit=1)} == {"released"}
    assert {one.rule.code for one in client.anomalies(limit=1)} == {"A09"}


def test_a_command_takes_effect_once_however_often_it_is_sent(connect: Connect, api: Answering, system: System) -> None:
    system.play("held-then-released")
    asked = []

    def twice(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Idempotency-Key"])
        reply = api(request)
        return httpx.Response(503) if len(asked) == 1 else reply

    told = connect(answering=twice).state_transport_plan(NUMBER, vessel="EVER GIVEN").value
    assert (told.outcome.code, len(asked), len(set(asked))) == ("accepted", 2, 1)
    assert connect(answering=api).transport_plan(NUMBER).value.vessel == "EVER GIVEN"


def test_a_plan_that_was_overtaken_is_refused(client: Any, system: System) -> None:
    system.play("held-then-released")
    held = client.transport_plan(NUMBER).etag
    client.state_transport_plan(NUMBER, departure_at=datetime(2026, 3, 9, tzinfo=UTC), unless_changed=held)
    with pytest.raises(Conflict) as refused:
        client.state_transport_plan(NUMBER, vessel="EVER GIVEN", unless_changed=held)
    assert refused.value.slug == "plan-changed"


@pytest.mark.parametrize("naive", [{"departure_at": datetime(2026, 3, 9)}])  # noqa: DTZ001 # that is what is refused
def test_a_time_without_a_zone_is_not_sent(client: Any, naive: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        client.state_transport_plan(NUMBER, **naive)


def test_a_number_that_nobody_carries_and_one_that_several_carry(client: Any, system: System) -> None:
    system.play("one-entry-number-two-declarations")
    with pytest.raises(Unknown, match="mistyped") as unknown:
        client.declaration("E20260004019999999")
    assert (unknown.value.slug, unknown.value.status) == ("unknown-number", 404)
    with pytest.raises(SeveralDeclarations) as several:
        client.declaration("290120261650000028")
    assert len(several.value.problem["declarations"]) == 2
    assert client.declaration(several.value.problem["declarations"][0]["id"]).value.status.code == "received"


def test_a_batch_tells_only_what_changed_since_its_token(client: Any, system: System) -> None:
    system.play("held-then-released")
    first = client.batch([NUMBER, "nobody"]).value
    assert [(one.status, one.declaration and one.declaration.id) for one in first.answers] == [(200, HELD), (404, None)]
    again = client.batch([NUMBER, "nobody"], since=first.token).value
    assert (again.answers, again.unchanged) == ([], 2)
    system.take([receipt("R", seq=NUMBER)])
    [changed] = client.batch([NUMBER, "nobody"], since=again.token).value.answers
    assert changed.number == NUMBER


def test_one_declaration_is_followed_to_its_end(client: Any, system: System) -> None:
    stories = [*system.arrivals_of("uk-export-exits")]
    system.take(stories[:1])
    begun = next(one.id for one in system.states() if one.id.startswith("uk:mrn:"))
    statuses = []
    for answer in client.follow(begun, wait_seconds=0):
        statuses.append(answer.value.status.code)
        system.take(stories[len(statuses) : len(statuses) + 1])
    assert list(dict.fromkeys(statuses)) == ["received", "reviewed", "released", "exited"]


def test_anomalies_are_handled_by_hand(client: Any, system: System) -> None:
    system.play("suspended-and-waiting")
    one = next(iter(client.anomalies()))
    client.assign(one.id, "Wang", note="at it")
    client.acknowledge(one.id, by="Li")
    client.resolve(one.id, note="done")
    after = client.anomaly(one.id).value
    assert (after.state.code, after.assignee) == ("resolved", "Wang")
    assert [(turn.what.code, turn.by, turn.note) for turn in after.history[1:]] == [
        ("assigned", "", "at it"),
        ("acknowledged", "Li", ""),
        ("resolved", "", "done"),
    ]
    with pytest.raises(Conflict):
        client.false_positive(one.id)


def test_a_rule_is_muted_for_a_declaration(client: Any, system: System) -> None:
    system.play("held-then-released")
    until = datetime(2026, 3, 9, tzinfo=UTC)
    assert client.mute(NUMBER, "A07", until=until, by="Li").value.outcome.code == "accepted"
    [one] = client.mutes(NUMBER).value.mutes
    assert (one.rule.code, one.until, one.by) == ("A07", until, "Li")
