"""A second stage, for tests: counts the declarations of each partition by status, from their events.

It writes each move of a declaration from one status to another, numbered; what it holds of a declaration; the counts.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from clearance.contracts import topics
from clearance.events.log.readers_rule import Numbered, judge_event
from clearance.events.step.outputs import Changed, Event, Merged
from clearance.kafka.names import BASE
from clearance.kafka.time_records import is_time
from clearance.kafka.topics import identify
from clearance.kafka.wire import Outgoing, read_event
from clearance.settings import load, logs, needs_broker
from clearance.stages.app import Member, StageApp
from clearance.stages.keyed import KeyedStage
from clearance.stages.keyed_partition import KeyedPartition, KeyedTopics
from clearance.stages.process import run

TOPICS = KeyedTopics(0, BASE.events, outputs="status-moves", states="status-counts", progress="counting-progress")
LIKE = {TOPICS.outputs: BASE.events, TOPICS.states: BASE.status, TOPICS.progress: BASE.progress}
CARDS = {name: topics()[card].model_copy(update={"name": name}) for name, card in LIKE.items()}
COUNT = "count:"


class Standing(msgspec.Struct, frozen=True, tag="declaration"):
    """A declaration by its last event that was counted; `moves` is the number of its last move."""

    epoch: int = 0
    seq: int = 0
    status: str = ""
    moves: int = 0


class Count(msgspec.Struct, frozen=True, tag="count"):
    """How many declarations of the partition stand in a status."""

    declarations: int = 0


Partition = KeyedPartition[Standing | Count]


class Counting(KeyedStage[Standing | Count]):
    """Applies events by the reader's rule, since the tracker may repeat them."""

    name, version, state_type = "counting", "1", Standing | Count

    def fold(self, owned: Partition, record: Any) -> Iterator[Outgoing]:
        if is_time(record):
            return
        event = read_event(record.value)
        held = owned.states.get(event.declaration) or Standing()
        assert isinstance(held, Standing)
        verdict = judge_event(Numbered(held.epoch, held.seq), Numbered(event.epoch, event.seq))
        if verdict == "wait":
            raise LookupError(f"events of {event.declaration} between {held.seq} and {event.seq} are gone")
        if verdict == "skip":
            return
        status = status_after(event, held.status)
        moves = held.moves + (status != held.status)
        owned.put(event.declaration, Standing(event.epoch, event.seq, status, moves))
        if status != held.status:
            add(owned, held.status, -1)
            add(owned, status, 1)
            yield Outgoing(record.key, msgspec.json.encode((event.declaration, (event.epoch, moves, status))), [])

    def derive(self, owned: Partition) -> None:
        counts = Counter(one.status for one in owned.states.values() if isinstance(one, Standing) and one.status)
        for name in {key.removeprefix(COUNT) for key in owned.states if key.startswith(COUNT)} | counts.keys():
            owned.put(COUNT + name, Count(counts[name]))


def add(owned: Partition, status: str, change: int) -> None:
    """So many more declarations stand in a status."""
    count = owned.states.get(COUNT + status)
    if status:
        owned.put(COUNT + status, Count((count.declarations if isinstance(count, Count) else 0) + change))


def status_after(event: Event, before: str) -> str:
    """Where a declaration stands after an event; a number that was merged into another stands nowhere by itself."""
    moved = event.data.status if isinstance(event.data, Changed) else before
    return "merged" if isinstance(event.data, Merged) else moved


def run_counting() -> None:
    """The stage as a process, until a signal."""
    settings = load()
    logs.configure(settings.log_format, "counting")
    bootstrap = needs_broker(settings)
    stage = Counting(bootstrap, TOPICS, identify(bootstrap, {**BASE.cards(), **CARDS}))
    session, records = settings.tracker_session_seconds, settings.tracker_batch_records
    run(lambda: StageApp(stage, Member(bootstrap, session, records, settings.tracker_instance)))
