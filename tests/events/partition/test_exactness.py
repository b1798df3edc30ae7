"""Folding one log again, from the start or from any state between, gives the same events with the same numbers."""

import random
from datetime import datetime

import msgspec
import pytest
from tests.helpers.extent import fewer
from tests.helpers.recordings import RECORDINGS, STORIES, recorded

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.log.inputs import KINDS, Clock, Message, Send, decode, encode
from clearance.events.partition.partition import Partition, placed
from clearance.events.partition.replay import Replay
from clearance.events.receipts.facts import merge
from clearance.events.standing.reuse import track_of
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened, Event, Step
from clearance.events.step.state_records import decode_state, encode_state
from clearance.events.step.step import step
from clearance.recordings.read import read_recording
from clearance.settings.tables import default_tables

TABLES = default_tables()


def state_bytes(partition: Partition) -> dict[str, bytes]:
    return {name: encode_state(state, TABLES) for name, state in sorted(partition.states.items())}


def restored(partition: Partition) -> Partition:
    """A worker that was killed and reads its states back from their records."""
    states = [decode_state(encode_state(state, TABLES), TABLES) for state in partition.states.values()]
    return Partition(TABLES, states, partition.ended)


@pytest.mark.parametrize("story", fewer(STORIES))
def test_a_second_fold_gives_identical_events(story: str) -> None:
    first = recorded(story)
    again = Partition(TABLES)
    events = [event for key, given in first.log for taken in again.fold(key, given) for event in taken.events]
    assert events == first.events
    assert state_bytes(again) == state_bytes(first.partition)


@pytest.mark.parametrize("story", fewer(STORIES))
def test_a_restart_anywhere_changes_nothing(story: str) -> None:
    first = recorded(story)
    whole = Partition(TABLES)
    expected = [said(whole.fold(key, given)) for key, given in first.log]
    for cut in range(len(first.log)):
        partition, found = Partition(TABLES), []
        for place, (key, given) in enumerate(first.log):
            partition = restored(partition) if place == cut else partition
            found.append(said(partition.fold(key, given)))
        assert found == expected, f"restart before {cut}"
        assert state_bytes(partition) == state_bytes(first.partition)


def said(steps: list[Step]) -> list[tuple[tuple[Event, ...], tuple[Send, ...]]]:
    """Everything that a fold gives out: events with their numbers, and sends."""
    return [(taken.events, taken.sends) for taken in steps if taken.events or taken.sends]


@pytest.mark.parametrize("story", fewer(STORIES))
def test_the_events_alone_rebuild_the_anomalies(story: str) -> None:
    """A reader that applies them in the order of their numbers holds what the ledger holds, at most one open a rule."""
    first = recorded(story)
    held: dict[str, dict[tuple[str, datetime], Anomaly]] = {}
    for event in first.events:
        if isinstance(event.data, AnomalyOpened | AnomalyClosed):
            one = event.data.anomaly
            mine = held.setdefault(event.declaration, {})
            assert isinstance(event.data, AnomalyOpened) == (one.state == "open")
            assert ((one.rule, one.deadline) in mine) == isinstance(event.data, AnomalyClosed)
            mine[one.rule, one.deadline] = one
            opened = [key[0] for key, other in mine.items() if other.state == "open"]
            assert len(opened) == len(set(opened))
    for name, state in first.partition.states.items():
        found = {key: one.state for key, one in held.get(name, {}).items()}
        assert found == {key: one.state for key, one in state.ledger.anomalies.items()}


def test_a_deadline_survives_a_clock_that_was_folded_before_the_restart() -> None:
    """Status is written before progress: after a crash an old clock may come again over a newer state."""
    [late] = [one for one in recorded("stuck-submitted").log if isinstance(one[1], Message)][:1]
    key, given = late
    first = Partition(TABLES)
    first.fold(key, placed(given, 100))
    again = restored(first)
    due = again.due()
    assert due is not None
    assert again.fold("", Clock(at=due, position=50)) == []
    assert again.due() == due
    assert [event.data for taken in again.fold("", Clock(at=due, position=101)) for event in taken.events] != []


@pytest.mark.parametrize("story", fewer(STORIES))
def test_a_replay_from_an_older_position_is_skipped(story: str) -> None:
    """At least once: after a restart the last inputs come again, and those that a state has folded add nothing."""
    first = recorded(story)
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311 # a schedule, not a secret
        cut, back = chance.randrange(len(first.log) + 1), chance.randrange(4)
        partition = Partition(TABLES)
        events: dict[tuple[str, int], Event] = {}
        for key, given in [*first.log[:cut], *first.log[max(0, cut - back) :]]:
            for taken in partition.fold(key, given):
                events |= {(event.declaration, event.seq): event for event in taken.events}
        assert list(events.values()) == first.events


@pytest.mark.parametrize("story", fewer(STORIES))
def test_folding_a_record_twice_changes_nothing(story: str) -> None:
    """The oracle of the running system: at once for every input, later for every input but a clock."""
    first = recorded(story)
    partition = Partition(TABLES)
    for key, given in first.log:
        partition.fold(key, given)
        if not isinstance(given, Clock):
            state = partition.states.get(key) or Declaration(key)
            again = step(state, msgspec.structs.replace(given, position=999), TABLES)
            assert (again.events, again.sends) == ((), ())
    for key, given in first.log:
        if not isinstance(given, Clock) and key:
            state = partition.states[key]
            assert step(state, msgspec.structs.replace(given, position=999), TABLES).declaration is state


@pytest.mark.parametrize("story", fewer(STORIES))
def test_a_primary_holds_all_that_its_aliases_hold(story: str) -> None:
    states = recorded(story).partition.states
    for state in states.values():
        if state.merged_into:
            primary = states[state.merged_into].facts
            assert merge(primary, state.facts) is primary


@pytest.mark.parametrize("story", fewer(STORIES))
def test_inputs_survive_their_record(story: str) -> None:
    kinds = {struct: kind for kind, struct in KINDS.items()}
    for _, given in recorded(story).log:
        if not isinstance(given, Message):
            assert decode(kinds[type(given)], encode(given), given.position) == given


@pytest.mark.parametrize("story", fewer(STORIES))
def test_the_track_kept_along_the_way_is_the_track_of_the_facts(story: str) -> None:
    for state in recorded(story).partition.states.values():
        assert state.track == track_of(state.facts, TABLES)


def test_events_of_a_declaration_are_numbered_without_a_gap() -> None:
    for story in STORIES:
        numbers: dict[str, int] = {}
        for event in recorded(story).events:
            assert event.seq == numbers.get(event.declaration, 0) + 1
            numbers[event.declaration] = event.seq


def test_a_bad_message_between_good_ones_leaves_no_trace() -> None:
    arrivals = list(read_recording(RECORDINGS / "export-green"))
    bad = [msgspec.structs.replace(one, data=b"<" + one.data, name=f"bad {one.name}") for one in arrivals]
    mixed = Replay(TABLES).feed([one for pair in zip(bad, arrivals, strict=True) for one in pair])
    clean = Replay(TABLES).feed(arrivals)
    assert mixed.views == clean.views
    assert len(mixed.refused) == len(bad)
