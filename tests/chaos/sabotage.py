"""The tracker made wrong in the four ways that the rules of exactness forbid, and the analyst in two; the harness must
find each of them."""

import dataclasses
import os
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NoReturn

from msgspec.structs import replace

from clearance.settings.clock import utc_now


def around(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    """Put `wrap(what is there)` in its place."""
    setattr(owner, name, wrap(getattr(owner, name)))


def nothing() -> None:
    """The tracker as it is."""


def numbers_at_writing() -> None:
    """Events are numbered when they are written, after those that the topic holds, and not by the fold."""
    from clearance.events.partition.batch import Batch, PartitionFold
    from clearance.tracker.tracker import Tracker

    last: dict[str, int] = {}

    def counting(fold: Any) -> Any:
        def folded(self: PartitionFold, records: Any) -> Batch:
            batch: Batch = fold(self, records)
            for place, event in enumerate(batch.events):
                last[event.declaration] = last.get(event.declaration, 0) + 1
                batch.events[place] = replace(event, seq=last[event.declaration])
            return batch

        return folded

    def looking(restore: Any) -> Any:
        async def restored(self: Tracker, number: int) -> Any:
            last.update(await _last_numbers(self.bootstrap, self.names.events, number))
            return await restore(self, number)

        return restored

    around(PartitionFold, "fold", counting)
    around(Tracker, "restore", looking)


async def _last_numbers(bootstrap: str, topic: str, number: int) -> dict[str, int]:
    from clearance.kafka import clients
    from clearance.kafka.time_records import is_time
    from clearance.kafka.wire import read_event

    async with clients.new_reader(bootstrap) as reader:
        stretches = [one async for one in clients.read_whole(reader, topic, number)]
    events = [read_event(record.value) for records in stretches for record in records if not is_time(record)]
    return {event.declaration: event.seq for event in events}


def states_first() -> None:
    """A batch's states are written before its events."""
    from clearance.stages.writing import Writer

    def swapped(batch: Any) -> Any:
        async def written(self: Writer, owned: Any, prepared: Any) -> Any:
            await self.states(owned, prepared.states)
            return await batch(self, owned, dataclasses.replace(prepared, states=[]))

        return written

    around(Writer, "batch", swapped)


def progress_first() -> None:
    """Progress is told, and so what a restart begins with, before events and states of the batch are acknowledged."""
    from clearance.stages.writing import Writer

    def swapped(batch: Any) -> Any:
        async def written(self: Writer, owned: Any, prepared: Any) -> Any:
            await self.progress(owned, utc_now())
            return await batch(self, owned, prepared)

        return written

    around(Writer, "batch", swapped)


def default_supervisor() -> None:
    """An agent that fails is started again by Faust, and goes on with the next batch."""
    from clearance.stages import app
    from clearance.stages.fail_stop import FailStop

    def supervised(new_app: Any) -> Any:
        def made(*args: Any, **options: Any) -> Any:
            one = new_app(*args, **options)
            one.conf.agent_supervisor = "mode.OneForOneSupervisor"
            return one

        return made

    def awaiting(_: Any) -> Any:
        """The agent waits for its batch itself, so that it is the agent that fails."""

        async def fold(self: app.StageApp[Any], stream: Any) -> None:
            async for event in stream.noack().events():
                await self.batch(stream, event)

        return fold

    def raising(_: FailStop, error: BaseException, *_told: Any) -> NoReturn:
        raise error

    around(FailStop, "guard", lambda _: lambda *_, **__: nullcontext())
    around(FailStop, "stop", lambda _: raising)
    around(app, "new_app", supervised)
    around(app.StageApp, "fold", awaiting)


def closings_kept_back() -> None:
    """That an incident is over is not told."""
    from clearance.analyst import looking

    def keeping(taken: Any) -> Any:
        return lambda *given: [one for one in taken(*given) if one.incident.closed_at is None]

    around(looking, "taken", keeping)


def incidents_of_a_process() -> None:
    """An incident is named by the process that finds it, so whoever comes after a kill finds another one."""
    from clearance.events.incidents import life

    around(life, "incident_id", lambda named: lambda *given: f"{os.getpid():x}{named(*given)}"[:16])


SABOTAGES: dict[str, Callable[[], None]] = {
    "none": nothing,
    "numbers-at-writing": numbers_at_writing,
    "states-first": states_first,
    "progress-first": progress_first,
    "default-supervisor": default_supervisor,
    "closings-kept-back": closings_kept_back,
    "incidents-of-a-process": incidents_of_a_process,
}
