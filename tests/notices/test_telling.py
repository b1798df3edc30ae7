"""It tells of each matter once, of what has changed since, and of nothing that is history or nobody's business."""

from datetime import time, timedelta

import pytest
from tests.notices.told import NOW, Telling

from clearance.access import registrations
from clearance.access.mutes import Mute, set_mute
from clearance.access.registrations import Registration
from clearance.events.partition.replay import Arrival
from clearance.notices.messages import Message

MANY = ("inspection-escalates", "rejected-and-left", "cut-off-missed", "tax-unpaid")
INSPECTED = """\
[high] E20260004010000003: goods held for inspection
The goods are held for inspection. Customs writes: “查验通知”. Present the goods and their papers when and where \
customs asks; ask if no time is named.
Since: 2026-03-02 10:00 UTC+8
To act: the trader, the forwarder
Status: goods are to be presented for inspection
Customs office: 2901
Details: https://clearance.example/v1/declarations/cn:unified:E20260004010000003/explanation"""
RELEASED = """\
[closed] E20260004010000003: goods held for inspection
No longer open (resolved). It was: goods held for inspection.
Status: goods released
Since the last notice (2026-03-02 10:00 UTC+8): status went from “goods are to be presented for inspection” to \
“goods released”
Details: https://clearance.example/v1/declarations/cn:unified:E20260004010000003/explanation"""


def inspection(telling: Telling) -> tuple[list[Arrival], list[Arrival]]:
    """Until the goods are held, and what follows."""
    arrivals = [*telling.system.arrivals_of("held-then-released")]
    return arrivals[:4], arrivals[4:]


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_an_inspection_is_told_and_then_that_it_has_ended(telling: Telling) -> None:
    telling.add()
    held, released = inspection(telling)
    telling.system.take(held)
    assert [one.text for one in telling.tell()] == [INSPECTED]
    assert telling.tell(hours=1) == []
    telling.system.take(released)
    assert [one.text for one in telling.tell(hours=1)] == [RELEASED]
    assert telling.tell(hours=1) == []


def test_what_was_there_before_the_recipient_is_no_news(telling: Telling) -> None:
    telling.system.play("inspection-escalates")
    telling.add()
    assert telling.tell() == []


def test_an_escalation_says_what_has_changed(telling: Telling) -> None:
    telling.add(severity="high")
    arrivals = [*telling.system.arrivals_of("inspection-escalates")]
    telling.system.take(arrivals[:4])
    [first] = telling.tell()
    telling.system.take(arrivals[4:])
    [second] = telling.tell(hours=30)
    assert first.thread == second.thread
    assert "Since the last notice (2026-03-02 10:00 UTC+8): severity went from “high” to “critical”" in second.body


def test_a_warning_and_what_it_warned_of_are_one_matter(telling: Telling) -> None:
    telling.add(rules=("A11", "A12"))
    arrivals = [*telling.system.arrivals_of("cut-off-near-then-released")]
    told = []
    for arrival in arrivals[:-1]:
        telling.system.take([arrival])
        told += telling.tell(minutes=1)
    telling.system.pass_time(arrivals[-1].at + timedelta(days=2))
    told += telling.tell(minutes=1)
    assert [one.thread.split()[0] for one in told] == ["A11", "A11"]
    assert "“the cut-off is near and the goods are not released” has become “the cut-off passed" in told[1].body


def test_history_is_told_to_nobody_nor_that_it_has_ended(telling: Telling) -> None:
    telling.add()
    telling.system.play("backfill-of-an-open-inspection", "backfill-complete")
    assert telling.tell() == []


def test_only_who_sees_a_declaration_is_told(telling: Telling) -> None:
    telling.add("desk")
    telling.add("stranger", organisation="other")
    telling.add("ops", organisation="")
    telling.system.play("inspection-escalates")
    telling.tell()
    assert {name for name, _ in telling.sent} == {"desk", "ops"}


def test_what_is_less_severe_or_of_another_rule_is_not_told(telling: Telling) -> None:
    telling.add("severe", severity="critical")
    telling.add("taxes", rules=("A09",))
    telling.system.take(inspection(telling)[0])
    assert telling.tell() == []


def test_in_quiet_hours_nothing_comes_and_after_them_what_is_still_so(telling: Telling) -> None:
    telling.add(quiet_from=time(9), quiet_until=time(12))
    held, released = inspection(telling)
    telling.system.take(held)
    telling.system.play("inspection-escalates")
    assert telling.tell() == []
    telling.system.take(released)
    assert telling.tell(minutes=30) == []
    [message] = telling.tell(hours=2)
    assert message.subject == "[critical] E20260004010000044: goods held for inspection"
    assert telling.tell(hours=1) == []


def test_many_at_once_are_one_message_the_most_severe_first(telling: Telling) -> None:
    telling.add()
    telling.system.play(*MANY, "held-then-released")
    [message] = telling.tell()
    severities = [line[1 : line.index("]")] for line in message.body.splitlines() if line.startswith("[")]
    assert severities == sorted(severities, key=["critical", "high", "medium", "info"].index)
    assert len(severities) == len(message.about) == 4
    assert message.subject.startswith("[critical] 4 matters: E2")


def test_what_does_not_fit_comes_with_the_next_message(telling: Telling) -> None:
    telling.add(channel="wecom", address="a-token-of-a-robot", language="zh")
    telling.system.play(*MANY)
    told = telling.tell()
    assert len({matter for one in told for matter in one.about}) == 4
    assert all(len(one.text.encode()) <= 2048 for one in told)


def test_a_robot_is_asked_as_often_as_it_allows(telling: Telling) -> None:
    telling.add(channel="wecom", address="a-token-of-a-robot")
    telling.sender._sent["wecom", "a-token-of-a-robot"] = [telling.now] * 18
    telling.system.play("inspection-escalates")
    assert telling.tell() == []
    assert len(telling.tell(seconds=61)) == 1


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_a_digest_says_once_a_day_what_is_new_closed_and_open(telling: Telling) -> None:
    telling.add(digest_at=time(18), language="zh")
    telling.system.play("held-then-released")
    telling.system.play("inspection-escalates", "tax-unpaid")
    assert telling.tell() == []
    [first] = telling.tell(hours=8)
    assert first.subject.startswith("报关异常日报：未结 2，新增 2，了结 0")
    assert telling.tell(hours=1) == []
    [second] = telling.tell(hours=24)
    assert second.subject == "报关异常日报：未结 2，新增 0，了结 0"


def test_a_digest_lists_what_is_open_by_severity(telling: Telling) -> None:
    telling.add(digest_at=time(18))
    telling.system.play(*MANY, "suspended-and-waiting")
    telling.tell()
    [message] = telling.tell(hours=8)
    listed = message.body.partition("Open now")[2].splitlines()
    severities = [line[1:].partition("]")[0] for line in listed if line.startswith("[")]
    assert severities == sorted(severities, key=("critical", "high", "medium").index)
    assert len(set(severities)) == 3


def test_a_digest_of_nothing_is_not_sent(telling: Telling) -> None:
    telling.add(digest_at=time(18))
    assert telling.tell(hours=30) == []
    assert telling.tell(hours=timedelta(days=3) / timedelta(hours=1)) == []


def test_what_its_organisation_has_muted_is_told_to_others_only(telling: Telling) -> None:
    telling.add("desk")
    telling.add("night", organisation="", address="ops@example.com")
    set_mute(telling.access, "acme", Mute("A07", None, NOW))
    held, _ = inspection(telling)
    telling.system.take(held)
    assert [recipient for recipient, _ in sent(telling)] == ["night"]


def test_a_mute_that_has_passed_mutes_nothing(telling: Telling) -> None:
    telling.add()
    set_mute(telling.access, "acme", Mute("A07", NOW - timedelta(days=1), NOW - timedelta(days=2)))
    telling.system.take(inspection(telling)[0])
    assert [one.text for one in telling.tell()] == [INSPECTED]


def sent(telling: Telling) -> list[tuple[str, Message]]:
    telling.tell()
    return telling.sent


HELD = "cn:unified:E20260004010000003"


@pytest.mark.parametrize(("organisation", "told"), [("acme", 0), ("other", 1), ("", 1)])
def test_who_has_muted_a_rule_is_not_told_of_it(telling: Telling, organisation: str, told: int) -> None:
    telling.add()
    held, _ = inspection(telling)
    telling.system.take(held[:1])
    telling.state(HELD, "mute", organisation, rule="A07", until="2026-03-05T00:00:00Z")
    telling.system.take(held[1:])
    assert len(telling.tell()) == told


@pytest.mark.parametrize(("organisation", "told"), [("acme", 0), ("other", 1)])
def test_what_its_organisation_has_closed_meanwhile_is_not_told(telling: Telling, organisation: str, told: int) -> None:
    telling.add(quiet_from=time(9), quiet_until=time(12))
    telling.system.take(inspection(telling)[0])
    assert telling.tell() == []
    closing = {"rule": "A07", "deadline": "2026-03-02T02:00:00Z"}
    telling.state(HELD, "false_positive", organisation, **closing)
    assert len(telling.tell(hours=3)) == told


def test_that_the_operator_has_closed_it_is_told(telling: Telling) -> None:
    telling.add(language="zh")
    telling.system.take(inspection(telling)[0])
    telling.tell()
    telling.state(HELD, "false_positive", "", rule="A07", deadline="2026-03-02T02:00:00Z")
    [message] = telling.tell()
    assert message.text.startswith("【已了结】E20260004010000003 查验未放行\n已了结（误报）。")


def test_an_alias_that_has_merged_is_not_told_of_any_more(telling: Telling) -> None:
    telling.add(organisation="", quiet_from=time(9), quiet_until=time(12))
    telling.system.play("alias-granted-then-merged", "temporary-then-unified-then-entry")
    told = [one.thread for one in telling.tell(hours=3)]
    merged = {row.id for row in telling.everything() if row.merged_into}
    assert merged
    assert not any(thread.partition(" ")[2] in merged for thread in told)


def test_a_declaration_is_called_as_its_organisation_calls_it(telling: Telling) -> None:
    telling.add("desk")
    telling.add("stranger", organisation="")
    stated = Registration(
        organisation="acme",
        declaration=HELD,
        filed_at=telling.now,
        registered_at=telling.now,
        changed_at=telling.now,
        references=("PO-4711",),
    )
    registrations.register(telling.access, [stated], most=9)
    telling.system.take(inspection(telling)[0])
    telling.tell()
    subjects = {name: message.subject for name, message in telling.sent}
    assert subjects == {
        "desk": "[high] E20260004010000003 (PO-4711): goods held for inspection",
        "stranger": "[high] E20260004010000003: goods held for inspection",
    }
