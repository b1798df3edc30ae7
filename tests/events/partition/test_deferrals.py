"""Which stays are overdue, by whatever table is in force: the same as asking each of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from tests.helpers.extent import examples
from tests.helpers.input_records import learned

from clearance.events.learning.cohorts import Key, chain
from clearance.events.learning.deferral import Deferral, overdue_after
from clearance.events.learning.expectations import Expectations
from clearance.events.partition.deferrals import Deferrals, Entry
from clearance.settings.tables import default_tables

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAMES = [f"cn:unified:E2026000000000000{number}" for number in range(6)]
minutes = st.integers(0, 600)
deferrals = st.builds(
    lambda began, more, office: Deferral(
        START + (began + more) * MINUTE, None, START + began * MINUTE, "received", office, "export"
    ),
    minutes,
    minutes,
    st.sampled_from(["2901", "2902"]),
)
tables = st.dictionaries(st.sampled_from(["2901", "2902", "*"]), minutes, max_size=3).map(
    lambda lengths: Expectations(
        1,
        START,
        {("received", "cn", office, "export", "*", "*"): learned(60 * length) for office, length in lengths.items()},
    )
)
changes = st.one_of(st.tuples(st.sampled_from(NAMES), st.none() | deferrals), tables | st.none(), st.integers(0, 900))


def cohort_of(name: str, given: Deferral) -> Key:
    return chain().narrowest(given.stay(name.partition(":")[0], default_tables()))


class Asked:
    """The same without any order: each is asked each time."""

    def __init__(self) -> None:
        self.held: dict[str, Deferral] = {}
        self.table: Expectations | None = None

    def deadline(self, name: str) -> datetime:
        one = self.held[name]
        return max(one.floor, one.began + overdue_after(cohort_of(name, one), one.began, chain(), self.table))

    def take_due(self, now: datetime) -> list[Entry]:
        due = sorted((at, name) for name in self.held if (at := self.deadline(name)) <= now)
        for _, name in due:
            del self.held[name]
        return due


@settings(deadline=None, max_examples=examples(300))
@drawn(st.lists(changes, max_size=40), st.none() | minutes)
def test_each_is_due_when_the_table_in_force_says_and_once(story: list[object], reached: int | None) -> None:
    before = None if reached is None else START + reached * MINUTE
    quick, asked, now = Deferrals(cohort_of, before), Asked(), START
    for change in story:
        match change:
            case (str(name), given):
                assert given is None or isinstance(given, Deferral)
                quick.set(name, given)
                asked.held.pop(name, None)
                if given is not None:
                    asked.held[name] = given
            case int(minute):
                now = START + minute * MINUTE  # a clock may go back
                assert sorted(quick.take_due(now)) == asked.take_due(now)
            case _:
                assert change is None or isinstance(change, Expectations)
                quick.judge_by(change)
                asked.table = change
        first = quick.due()
        earliest = min(map(asked.deadline, asked.held), default=None)
        assert (first is None) == (earliest is None)
        assert first is None or earliest is None or first <= earliest, (
            "it may be told early, at a floor, and never late"
        )


def test_who_asks_again_and_again_at_the_time_that_is_told_comes_to_an_end() -> None:
    quick = Deferrals(cohort_of)
    quick.judge_by(Expectations(1, START, {("received", "cn", "*", "*", "*", "*"): learned(36_000)}))
    quick.set(NAMES[0], Deferral(START + MINUTE, None, START, "received"))
    assert quick.due() == START + MINUTE
    assert quick.take_due(START + MINUTE) == []
    assert quick.due() == START + timedelta(hours=10)
    assert quick.take_due(START + timedelta(hours=10)) == [(START + timedelta(hours=10), NAMES[0])]
    assert quick.due() is None


def test_those_that_no_longer_count_do_not_pile_up() -> None:
    quick = Deferrals(cohort_of)
    for minute in range(5_000):
        quick.set(NAMES[0], Deferral(START + minute * MINUTE, None, START, "received"))
    assert len(quick._floors) < 2_000
