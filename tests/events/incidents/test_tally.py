"""Counts that are kept as time passes are those of counting anew, whenever what is taken."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.events.incidents.groups import EVERYTHING, Count, Group, attributes_of, count
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.scan import LEAST
from clearance.events.incidents.tally import WINDOWS, Tally
from clearance.events.incidents.waits import Wait, rows

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICE: Group = (("office", "2901"),)
CORNER: Group = (("chapter", "84"), *OFFICE)


def drawn(draw: Random, number: int) -> Wait:
    judged_at = NOON + draw.random() * 60 * HOUR
    failed = draw.random() < 0.6
    over_at = judged_at + draw.random() * 9 * HOUR if failed and draw.random() < 0.7 else None
    chapters = draw.sample(["61", "84"], draw.randrange(2))
    shared = attributes_of({"office": [draw.choice(("2901", "2902"))], "chapter": chapters})
    return Wait(f"cn:unified:E{number}", shared, judged_at - HOUR, judged_at, failed, over_at, stage="received")


def incident(draw: Random, group: Group, closed: bool) -> Incident:
    begins = NOON + draw.random() * 40 * HOUR
    ends = begins + 5 * HOUR if closed else None
    return Incident("a" * 16, "cn", "stuck", group, begins, begins, begins, 1.0, (), 1, ("received",), ends)


def anew(waits: list[Wait], incidents: list[Incident], window: timedelta, now: datetime) -> dict[Group, Count]:
    free = [
        wait
        for wait in waits
        if now - window < wait.judged_at <= now and not any(one.may_account_for(wait) for one in incidents)
    ]
    return {group: number for group, number in count(rows(free, now)).items() if number.failed >= LEAST}


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 10**6))
def test_it_counts_what_counting_anew_counts(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 # made-up traffic
    waits = {one.key: one for one in (drawn(draw, number) for number in range(draw.randrange(120)))}
    incidents = [
        incident(draw, group, closed) for group, closed in ((OFFICE, True), (CORNER, False)) if draw.random() < 0.4
    ]
    tally, left, held = Tally(), [*waits.values()], list[Wait]()
    for now in sorted(NOON + draw.random() * 110 * HOUR for _ in range(6)):
        draw.shuffle(left)
        while left and draw.random() < 0.97:
            held.append(left.pop())
            tally.take(held[-1])
        if draw.random() < 0.5:
            tally.account(incidents)
        for key in tally.pass_time(now):
            tally.forget(key)
        tally.account(incidents)
        for window in WINDOWS:
            found = {group: number for group, number in tally.counts(window).items() if number.failed >= LEAST}
            assert found == anew(held, incidents, window, now)


def test_what_was_to_fail_and_came_in_time_is_taken_back() -> None:
    due = Wait("cn:unified:E1", OFFICE, NOON, NOON + HOUR, failed=True, stage="received", test="silent")
    came = Wait("cn:unified:E1", OFFICE, NOON, NOON + HOUR / 2, failed=False, stage="received", test="silent")
    tally = Tally()
    tally.take(due)
    tally.pass_time(NOON + HOUR / 3)
    assert tally.judged() == []
    tally.take(came)
    tally.pass_time(NOON + 2 * HOUR)
    assert tally.judged() == [came]
    assert tally.counts(WINDOWS[-1]) == {EVERYTHING: (0, 1)}
    assert tally.counts(WINDOWS[0]) == {EVERYTHING: (0, 0)}
