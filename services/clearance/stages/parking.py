"""Parking: where a partition cannot be read or folded any further, it waits for a person, and the others go on.

An input whose fold fails is folded once more after a restore, by itself; failing again it parks its partition. So does
a batch that cannot be read twice. The surprise: where a second partition would be parked by the same exception, the
process ends. One input may be poison; two are a bad release, which would park everything.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Generic

import structlog

from clearance.kafka.places import Place
from clearance.kafka.unreadable import UnreadableBatch
from clearance.stages.batching import App
from clearance.stages.fail_stop import BlamedInput
from clearance.stages.failures import FailAlike, Failure, failure_of
from clearance.stages.ownership import Ownership
from clearance.stages.stage import Part, Stage

log = structlog.get_logger()
LOOK_SECONDS = 0.01


class Parking(Generic[Part]):
    """What becomes of failures; one per worker."""

    def __init__(self, stage: Stage[Part], app: App, ownership: Ownership[Part]) -> None:
        self.stage, self.app, self.ownership = stage, app, ownership
        self._failed: dict[int, int] = {}  # by partition, the offset that has failed once

    def apart(self, number: int, records: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Records as they are to be folded: the input that failed begins a batch, so that all before it is written."""
        if (failed := self._failed.get(number)) is None:
            return [records]
        at = next((index for index, record in enumerate(records) if record.offset == failed), 0)
        return [part for part in (records[:at], records[at:]) if part]

    async def failed(self, number: int, blamed: BlamedInput, error: Exception) -> None:
        """The fold of an input failed, and its partition has been withdrawn."""
        failure = failure_of(number, blamed.position, blamed.key, error)
        if self._failed.get(number) == failure.position:
            return await self._park(failure, error)
        self._failed[number] = failure.position
        log.warning("input_failed", input=self._place(failure), reason=failure.reason, remedy="it is folded once more")
        return self.ownership.again(number)

    async def unreadable(self, error: UnreadableBatch) -> None:
        """A batch cannot be read; its partition is held, what came before it is still being folded."""
        number, opening = error.partition, self.app.openings[error.partition]
        while self.app.in_flight[number] and self.app.is_open(number, opening):
            await asyncio.sleep(LOOK_SECONDS)
        if not self.app.is_open(number, opening):
            return None
        start = self.stage.read_on_from(number, error.offset)
        if start == error.offset and self._failed.get(number) == start:
            self.ownership.withdraw(number)
            return await self._park(failure_of(number, start, "", error), error)
        self._failed[number] = error.offset
        return self.app.read_on(number, start)

    async def _park(self, failure: Failure, error: Exception) -> None:
        parked = await self.stage.read_parked()
        if alike := [one for one, by in parked.items() if by == failure.raised and one != failure.partition]:
            raise FailAlike(failure, alike) from error
        generation = self.app.consumer_generation_id
        await self.stage.park(failure)
        self.ownership.park(failure.partition, generation)
        remedy = self.stage.fail_stop.remedy(failure)
        log.error(
            "partition_parked",
            partition=failure.partition,
            declaration=failure.declaration,
            input=self._place(failure),
            reason=failure.reason,
            remedy=remedy,
            exc_info=error,
        )

    def _place(self, failure: Failure) -> str:
        return str(Place(self.stage.inputs, failure.partition, failure.position))
