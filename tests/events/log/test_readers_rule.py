"""The reader's rule is exact: whatever comes, however often and in whatever order, each event is applied once."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.events.log.readers_rule import Numbered, Verdict, judge_event, newer_state


@dataclass
class Reader:
    """A reader that keeps to the rule: what it waits for stands before, in the log, and is taken from there."""

    log: list[Numbered]
    held: Numbered | None = None
    applied: list[Numbered] = field(default_factory=list)

    def take(self, place: int) -> None:
        verdict = judge_event(self.held, self.log[place])
        if verdict == "wait":
            for earlier in self.log[:place]:
                if judge_event(self.held, earlier) == "apply":
                    self._apply(earlier)
            verdict = judge_event(self.held, self.log[place])
            assert verdict != "wait", "the missing ones are in the log, before this one"
        if verdict == "apply":
            self._apply(self.log[place])

    def _apply(self, event: Numbered) -> None:
        self.held = event
        self.applied.append(event)


@st.composite
def logs(draw: st.DrawFn) -> list[Numbered]:
    """One declaration's events in its log: each epoch in order, with copies of what was written before, anywhere."""
    found: list[Numbered] = []
    for epoch in draw(st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True).map(sorted)):
        for number in range(1, draw(st.integers(1, 8)) + 1):
            found.append(Numbered(epoch, number))
            found += draw(st.lists(st.sampled_from(found), max_size=2))
    return found


@settings(deadline=None, max_examples=examples(300))
@drawn(logs(), st.data())
def test_each_event_is_applied_once_in_order(log: list[Numbered], data: st.DataObject) -> None:
    """Delivered in any order, repeatedly, or not at all, as long as the last one comes."""
    reader = Reader(log)
    places = data.draw(st.lists(st.integers(0, len(log) - 1), max_size=30))
    last = max(range(len(log)), key=lambda place: log[place])
    for place in [*places, last, *places]:
        reader.take(place)
    assert reader.applied == sorted(set(reader.applied)), "once, in order"
    for epoch in {event.epoch for event in reader.applied}:
        numbers = [event.number for event in reader.applied if event.epoch == epoch]
        assert numbers == [*range(1, len(numbers) + 1)], "without a gap"
    newest = log[last].epoch
    assert [event for event in reader.applied if event.epoch == newest] == sorted({e for e in log if e.epoch == newest})


@settings(deadline=None)
@drawn(logs())
def test_the_log_as_it_stands_is_applied_whole(log: list[Numbered]) -> None:
    reader = Reader(log)
    for place in range(len(log)):
        assert judge_event(reader.held, log[place]) != "wait", "nothing is missing in the log's own order"
        reader.take(place)
    assert reader.applied == sorted(set(log))


@pytest.mark.parametrize(
    ("held", "given", "verdict"),
    [
        (None, (0, 1), "apply"),
        (None, (0, 2), "wait"),
        (None, (4, 1), "apply"),
        ((0, 3), (0, 3), "skip"),
        ((0, 3), (0, 1), "skip"),
        ((0, 3), (0, 4), "apply"),
        ((0, 3), (0, 5), "wait"),
        ((0, 3), (1, 1), "apply"),
        ((0, 3), (1, 4), "wait"),
        ((1, 1), (0, 9), "skip"),
    ],
)
def test_an_event_is_applied_skipped_or_waited_for(
    held: tuple[int, int] | None, given: tuple[int, int], verdict: Verdict
) -> None:
    assert judge_event(Numbered(*held) if held else None, Numbered(*given)) == verdict


numbered = st.builds(Numbered, st.integers(0, 3), st.integers(-1, 9))


@drawn(
    st.permutations([Numbered(0, 1), Numbered(0, 7), Numbered(1, 3), Numbered(1, 9)]), st.lists(numbered, max_size=9)
)
def test_the_highest_state_counts_in_whatever_order_they_come(order: list[Numbered], stale: list[Numbered]) -> None:
    held: Numbered | None = None
    for given in [*order, *stale]:
        if newer_state(held, given):
            assert held is None or held < given
            held = given
    assert held == max([*order, *stale])
