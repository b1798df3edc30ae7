"""A keyed stage: its whole state is what its fold has put, a record for each key in a compacted topic.

Such a stage is a fold and a page. Its inputs must not be compacted, and its fold must skip what a state has folded
already: after a crash some states are ahead of the position from which it goes on, and outputs come again. What is over
several keys is therefore derived from them after a restore, and not read back.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Generic

import msgspec

from clearance.kafka import clients
from clearance.kafka.progress_reading import highest_progress
from clearance.kafka.topics import Identity, is_embedded
from clearance.kafka.wire import Outgoing
from clearance.stages.fail_stop import BlamedInput, FailStop
from clearance.stages.failures import Failure
from clearance.stages.keyed_partition import Fold, KeyedPartition, KeyedTopics
from clearance.stages.keyed_states import scan_states
from clearance.stages.log_checks import CannotContinue, InputLog, check_log, check_topics, input_log
from clearance.stages.owned import State
from clearance.stages.progress import StageProgress, read_stage_progress
from clearance.stages.stage import RESTORE_BYTES, Restored, Stage
from clearance.stages.turns import Turns
from clearance.stages.writing import Lot, Prepared


def _remedy(failure: Failure) -> str:
    return "upgrade this process" if failure.newer else "this is a bug: report it with this input"


class KeyedStage(Stage[KeyedPartition[State]], Generic[State]):
    """Called `name`. `state_type` is the Struct, or union of tagged Structs, that its states are; `version` rises with
    every change of the fold that could give other outputs for the same log."""

    name: str
    version: str
    state_type: Any

    def __init__(self, bootstrap: str, topics: KeyedTopics, identity: Identity) -> None:
        self.bootstrap, self.topics, self.identity = bootstrap, topics, identity
        self.inputs, self.group = topics.inputs, f"clearance-{self.name}"
        self.fail_stop = FailStop(topics.inputs, _remedy)
        self._fold = Fold(self.version, {name: identity.topic_ids[name] for name in (topics.outputs, topics.states)})
        self._turns, self._state = Turns(), msgspec.json.Decoder(self.state_type)

    @abstractmethod
    def fold(self, owned: KeyedPartition[State], record: Any) -> Iterable[Outgoing]:
        """Fold one input: `put` the states that it changes, return what goes into the outputs, numbered."""

    @abstractmethod
    def derive(self, owned: KeyedPartition[State]) -> None:
        """After a restore: `put` what is over several keys."""

    async def batch(self, owned: KeyedPartition[State], records: Sequence[Any]) -> None:
        async with self._turns.next():
            outputs = [output for record in records for output in self._outputs(owned, record)]
            lots = [Lot(self.topics.outputs, owned.number, outputs)]
            prepared = Prepared(lots, self.take_sends(owned), owned.take_changed())
        await self.writer.batch(owned, prepared)

    def take_sends(self, owned: KeyedPartition[State]) -> Sequence[Lot]:
        """What the fold of a batch gave besides, for partitions to which others write as well."""
        return ()

    def _outputs(self, owned: KeyedPartition[State], record: Any) -> Iterable[Outgoing]:
        if record.offset <= owned.place:
            return ()
        if record.offset != owned.place + 1:
            raise CannotContinue(f"after offset {owned.place} comes {record.offset}: records in between are gone")
        outputs = [*self.fold(owned, record)]
        owned.place = record.offset
        return outputs

    def blamed(self, error: Exception, owned: KeyedPartition[State], records: Sequence[Any]) -> BlamedInput | None:
        folding = next((record for record in records if record.offset > owned.place), None)
        return folding and BlamedInput((folding.key or b"").decode("utf-8", "replace"), folding.offset)

    async def restore(self, number: int) -> Restored[KeyedPartition[State]]:
        """Raises `CannotContinue`, and what the broker raises."""
        async with clients.new_reader(self.bootstrap, fetch_bytes=RESTORE_BYTES) as reader:
            progress = await highest_progress(reader, self.topics.progress, number, read_stage_progress)
            log = await input_log(reader, self.identity, self.topics.inputs, number)
            first, after = await clients.ends(reader, self.topics.states, number)
            if progress is not None:
                self._check(progress, log, first)
            states, count = await scan_states(reader, self.topics.states, number, range(first, after))
        begin = progress.position if progress else log.first - 1
        owned = KeyedPartition[State](number, self.topics, log, self._fold, begin, told_position=begin)
        for key, written in states.best.items():
            owned.remember(key.decode(), self._state.decode(written.value), written.version)
        self.derive(owned)
        stale = sorted({key.decode() for key in states.stale} - owned.changed)  # what has changed is written anyway
        return Restored(owned, stale, count)

    async def write_again(self, restored: Restored[KeyedPartition[State]]) -> None:
        await self.writer.states(restored.owned, restored.owned.records(restored.stale))

    def _check(self, progress: StageProgress, log: InputLog, first_state: int) -> None:
        check_log(log, progress, self.topics.progress, stage=self.name, anew=self._anew())
        check_topics(progress.topic_ids, self.identity, self.lost)
        if progress.version != self.version or (first_state > 0 and not is_embedded(log.cluster_id)):
            raise CannotContinue(
                f"{self.topics.progress}:{log.partition} was written by version {progress.version}; here is version "
                f"{self.version} with {self.topics.states}, which begins at {first_state}: {self._anew()}"
            )

    def lost(self, topic: str) -> str:
        return f"and what it held is gone: {self._anew()}"

    def _anew(self) -> str:
        topics = self.topics
        return f"delete {topics.outputs}, {topics.states} and {topics.progress}, make them again, and fold the log anew"
