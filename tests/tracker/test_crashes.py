"""A worker that dies between any two writes, and writes on after it was thought dead: nothing is lost or otherwise.

A model of the running system: topics in memory, and workers that write each batch in the order of design §6: events,
dead letters and sends, then states, then progress.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from tests.helpers.extent import examples
from tests.helpers.partition_logs import TABLES, Log, logged, state_bytes
from tests.helpers.recordings import STORIES

from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Send
from clearance.events.log.progress import decode_progress, encode_progress
from clearance.events.log.readers_rule import Numbered, judge_event, newer_state
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Event
from clearance.events.step.state_records import decode_state, encode_state
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity
from clearance.tracker.owned import Owned

LONGEST = sorted(STORIES, key=lambda story: len(logged(story)))[-8:]
IDENTITY = Identity("cluster", {"declaration-inputs": "topic", "declaration-inputs.e2": "topic"})
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Topics:
    """What has been written, in its order. States and progress are bytes, as in their records."""

    events: list[Event] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)
    sends: list[tuple[str, bytes]] = field(default_factory=list)
    states: list[tuple[str, Numbered, bytes]] = field(default_factory=list)
    progress: list[bytes] = field(default_factory=list)

    def best_states(self) -> dict[str, tuple[Numbered, bytes]]:
        """Of several states of a declaration the one of the highest version."""
        best: dict[str, tuple[Numbered, bytes]] = {}
        for name, version, value in self.states:
            if newer_state(best[name][0] if name in best else None, version):
                best[name] = version, value
        return best

    def restored(self) -> PartitionFold:
        """What a restart continues from."""
        told = max(map(decode_progress, self.progress), key=lambda one: one.position, default=None)
        return PartitionFold(TABLES, [decode_state(value, TABLES) for _, value in self.best_states().values()], told)


@dataclass
class Writes:
    """Those of one batch that are still to be made, each a topic's list and what is to be appended to it."""

    waiting: list[tuple[list[object], object]]

    def go_on(self, count: int) -> None:
        for topic, value in self.waiting[:count]:
            topic.append(value)
        del self.waiting[:count]


def writes(topics: Topics, batch: Batch, tracker: PartitionFold) -> Writes:
    told = encode_progress(Owned(0, tracker, IDENTITY).progress(NOW))
    outputs: list[tuple[list[object], list[object]]] = [
        (topics.events, [*batch.events]),  # type: ignore[list-item] # lists of one sort each
        (topics.dead, [one.record.position for one in batch.dead]),  # type: ignore[list-item]
        (topics.sends, [sent(one) for one in batch.sends]),  # type: ignore[list-item]
        (topics.states, [state_record(one) for one in batch.dirty.values()]),  # type: ignore[list-item]
        (topics.progress, [told]),  # type: ignore[list-item]
    ]
    return Writes([(topic, value) for topic, values in outputs for value in values])


def sent(send: Send) -> tuple[str, bytes]:
    return send.to, input_record(send.to, send.input).value


def state_record(state: Declaration) -> tuple[str, Numbered, bytes]:
    return state.id, Numbered(state.epoch, state.src), encode_state(state, TABLES)


@dataclass
class Life:
    """One batch of a worker: how many records, after how many writes it dies (None: it lives), and how many writes of
    workers that were thought dead come before it."""

    records: int
    dies_after: int | None
    from_the_dead: int


lives = st.lists(
    st.builds(Life, st.integers(1, 12), st.none() | st.integers(0, 12), st.integers(0, 6)), min_size=1, max_size=14
)


def run(log: Log, schedule: list[Life]) -> tuple[Topics, PartitionFold]:
    """All lives, then one more that folds the rest, then everything that the dead had still to write."""
    topics, tracker = Topics(), PartitionFold(TABLES)
    dead: list[Writes] = []
    for life in schedule:
        for one in dead:
            one.go_on(life.from_the_dead)
        start = tracker.position + 1
        todo = writes(topics, tracker.fold(log[start : start + life.records]), tracker)
        if life.dies_after is None:
            todo.go_on(len(todo.waiting))
        else:
            todo.go_on(life.dies_after)
            dead.append(todo)
            tracker = topics.restored()
    todo = writes(topics, tracker.fold(log[tracker.position + 1 :]), tracker)
    for one in [todo, *dead]:
        one.go_on(len(one.waiting))
    return topics, tracker


@settings(deadline=None, max_examples=examples(150))
@drawn(st.sampled_from(LONGEST), st.sampled_from(LONGEST), lives)
def test_dying_anywhere_loses_nothing_and_changes_nothing(one: str, other: str, schedule: list[Life]) -> None:
    log = logged(*dict.fromkeys([one, other]))
    truth = PartitionFold(TABLES)
    expected = truth.fold(log)
    topics, last = run(log, schedule)
    assert applied(topics.events) == expected.events
    assert {*topics.dead} == {dead.record.position for dead in expected.dead}
    assert {*topics.sends} == {*map(sent, expected.sends)}
    assert {name: value for name, (_, value) in topics.best_states().items()} == state_bytes(truth) == state_bytes(last)
    assert (last.position, last.stream_time) == (truth.position, truth.stream_time)
    assert last.partition.ended == truth.partition.ended
    assert_counts_continue(last, truth)


def applied(events: list[Event]) -> list[Event]:
    """What a reader applies; it never has to wait. In the order of the log of inputs, as one worker would tell it."""
    held: dict[str, Numbered] = {}
    found: dict[tuple[str, Numbered], Event] = {}
    for event in events:
        number = Numbered(event.epoch, event.seq)
        verdict = judge_event(held.get(event.declaration), number)
        assert verdict != "wait"
        if verdict == "apply":
            held[event.declaration] = number
            found[event.declaration, number] = event
        else:
            assert found[event.declaration, number] == event, "a copy is identical"
    return [*found.values()]


def assert_counts_continue(last: PartitionFold, truth: PartitionFold) -> None:
    """Every input is counted once, and once only, under its authority and format, dead letters as such.

    Not guaranteed is the result of an input that is folded again over a state that holds it already: it adds nothing to
    that state, and counts as applied whatever it was at first.
    """
    assert by_format(last) == by_format(truth)
    for (authority, form, result), count in truth.counts.items():
        if result == "dead_letter":
            assert last.counts[authority, form, result] == count
        elif result == "applied":
            assert last.counts[authority, form, result] >= count
        else:
            assert last.counts.get((authority, form, result), 0) <= count


def by_format(tracker: PartitionFold) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (authority, form, _), count in tracker.counts.items():
        found[authority, form] += count
    return found


def test_counts_are_exact_where_every_batch_was_written_whole() -> None:
    for story in LONGEST:
        log = logged(story)
        truth = PartitionFold(TABLES)
        truth.fold(log)
        topics = Topics()
        for place in range(len(log)):
            tracker = topics.restored()
            todo = writes(topics, tracker.fold(log[place : place + 1]), tracker)
            todo.go_on(len(todo.waiting))
        assert topics.restored().counts == truth.counts


def test_progress_survives_its_record() -> None:
    log = logged(*LONGEST)
    tracker = PartitionFold(TABLES)
    tracker.fold(log)
    told = Owned(3, tracker, IDENTITY, Names.of(2)).progress(NOW)
    assert decode_progress(encode_progress(told)) == told
    again = PartitionFold(TABLES, tracker.partition.states.values(), told)
    assert again.counts == tracker.counts
    assert (again.position, again.stream_time, again.partition.ended) == (
        tracker.position,
        tracker.stream_time,
        tracker.partition.ended,
    )
