"""Looked at again and again: what is usual is learned by the day, looks are bounded, repeats change nothing."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from msgspec.structs import replace

from clearance.events.incidents.groups import EVERYTHING
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.learned import MOST_GROUPS, QUIET_DAYS, Learned, learn
from clearance.events.incidents.tally import KEPT
from clearance.events.incidents.waits import Gauge, Wait
from clearance.events.incidents.watching import LOOK_EVERY, Watching

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OFFICES = ("2901", "2902", "3101")


def wait(number: int, at: datetime, failed: bool, office: str = "", off: bool = False) -> Wait:
    shared = (("chapter", f"{number % 7 + 80}"), ("office", office or OFFICES[number % 3]))
    over_at = at + HOUR if failed and not office else None
    return Wait(f"cn:unified:E{number:017}", shared, at - HOUR, at, failed, over_at, off)


def quiet(days: int) -> list[Wait]:
    """A wait every ten minutes, of which one in fifty fails, and is over an hour later."""
    draw = Random(1)  # noqa: S311 # made-up traffic
    return [wait(n, MONDAY + n * DAY / 144, draw.random() < 0.02) for n in range(days * 144)]


def followed(watching: Watching, waits: list[Wait], until: datetime) -> list[Incident]:
    """What changed at any look, every quarter of an hour."""
    changed, now, left = list[Incident](), MONDAY, sorted(waits, key=lambda one: one.judged_at)
    while now <= until:
        while left and left[0].judged_at <= now:
            watching.take(left.pop(0))
        changed += watching.look(now)
        watching.forget()
        now += 3 * LOOK_EVERY
    return changed


def test_it_looks_for_nothing_in_the_first_week() -> None:
    broken = [wait(10_000 + n, MONDAY + DAY + n * timedelta(minutes=1), True, "2901") for n in range(30)]
    assert followed(Watching("cn", "stuck"), [*quiet(2), *broken], MONDAY + 2 * DAY) == []


def test_it_finds_what_is_not_usual_and_forgets_what_is_over() -> None:
    begins = MONDAY + (QUIET_DAYS + 1) * DAY + 10 * HOUR
    broken = [wait(10_000 + n, begins + n * timedelta(minutes=2), True, "2901") for n in range(12)]
    watching = Watching("cn", "stuck")
    changed = followed(watching, [*quiet(QUIET_DAYS + 2), *broken], begins + HOUR)
    assert len({one.incident for one in changed}) == 1
    assert changed[-1].group == (("office", "2901"),)
    assert all(one.judged_at > begins + HOUR - KEPT for one in watching.waits)


def test_the_same_wait_again_changes_nothing() -> None:
    begins = MONDAY + (QUIET_DAYS + 1) * DAY
    broken = [wait(10_000 + n, begins + n * timedelta(minutes=2), True, "2901") for n in range(9)]
    waits = [*quiet(QUIET_DAYS + 2), *broken]
    twice = [one for one in waits for _ in range(2)]
    assert followed(Watching("cn", "stuck"), twice, begins + HOUR) == followed(
        Watching("cn", "stuck"), waits, begins + HOUR
    )


def test_a_day_is_learned_once_and_fades() -> None:
    first = learn(Learned(date(2026, 3, 2)), [wait(n, MONDAY + HOUR, n == 0) for n in range(10)], date(2026, 3, 3))
    [counts] = first.counts
    assert dict(counts.groups)[EVERYTHING] == (10, (1, 1, 0.5, 0.25)), "it lasted an hour"
    assert first.usual == {}
    second = learn(first, [wait(n, MONDAY + HOUR, True) for n in range(10)], date(2026, 3, 4))
    [counts] = second.counts
    [_, (all_of_them, (failed, *_))] = counts.groups[0]
    assert (failed, all_of_them) == (0.95, 9.5), "those were judged on a day that has been counted"
    assert (second.day, second.days) == (date(2026, 3, 4), 2)


def test_days_on_which_nothing_was_judged_fade_as_others_do() -> None:
    first = learn(Learned(date(2026, 3, 2)), [wait(n, MONDAY + HOUR, n == 0) for n in range(10)], date(2026, 3, 3))
    [counts] = learn(first, [], date(2026, 3, 5)).counts
    [_, (all_of_them, (failed, *_))] = counts.groups[0]
    assert (failed, all_of_them) == (0.902, 9.025)


def test_it_is_idle_once_nothing_is_left_to_be_seen() -> None:
    watching = Watching("cn", "stuck")
    assert watching.idle
    watching.take(wait(1, MONDAY + HOUR, failed=True))
    assert not watching.idle
    followed(watching, [], MONDAY + HOUR + KEPT - LOOK_EVERY)
    assert not watching.idle
    followed(watching, [], MONDAY + 2 * HOUR + KEPT)
    assert watching.idle


def test_what_began_when_offices_were_closed_is_compared_with_its_like() -> None:
    waits = [wait(n, MONDAY + HOUR, failed=n < 40, off=n < 50) for n in range(200)]
    usual = learn(Learned(date(2026, 2, 23)), waits, date(2026, 3, 3)).usual[Gauge("", "overdue")]
    assert usual.expected(waits[:50]) > 30
    assert usual.expected(waits[50:]) < 5


def test_what_was_silent_when_offices_were_closed_is_counted_by_itself() -> None:
    waits = [replace(wait(n, MONDAY + HOUR, failed=n < 40, off=n < 50), test="silent") for n in range(200)]
    usual = learn(Learned(date(2026, 2, 23)), waits, date(2026, 3, 3)).usual
    assert usual[Gauge("", "silent", off=True)].share(EVERYTHING) == 0.8
    assert usual[Gauge("", "silent")].share(EVERYTHING) < 0.02


def test_what_is_usually_stuck_is_less_the_longer_the_window() -> None:
    waits = [wait(n, MONDAY + HOUR, failed=n < 40) for n in range(200)]
    usual = learn(Learned(date(2026, 2, 23)), waits, date(2026, 3, 3)).usual[Gauge("", "overdue")]
    shares = [usual.within(hours * HOUR).share(EVERYTHING) for hours in (0.5, 1.5, 2, 3, 9)]
    assert shares == [0.2, 0.2, 0.1, 0.1, 0.05], "each was over after an hour"


def test_what_is_known_only_after_a_day_changes_nothing_of_what_it_teaches() -> None:
    late = wait(1, MONDAY + 23.5 * HOUR, failed=True)
    open_still, told_ahead = replace(late, over_at=None), late
    assert told_ahead.over_at == MONDAY + 24.5 * HOUR
    tuesday = date(2026, 3, 3)
    assert learn(Learned(MONDAY.date()), [open_still], tuesday) == learn(Learned(MONDAY.date()), [told_ahead], tuesday)


def test_what_is_kept_of_groups_is_bounded() -> None:
    many = [wait(n, MONDAY + HOUR, False, office=f"{n}") for n in range(2 * MOST_GROUPS)]
    [counts] = learn(Learned(date(2026, 3, 2)), many, date(2026, 3, 3)).counts
    assert len(counts.groups) == MOST_GROUPS
