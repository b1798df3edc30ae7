"""What a tracker writes of a partition that it parks: a line in the list, and a last progress for whoever reads."""

from datetime import datetime

from msgspec.structs import replace

from clearance.events.log.progress import Progress
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.wire import Outgoing, SetAsideLine, parked_record, progress_record
from clearance.stages.failures import Failure


def parked_line(failure: Failure, epoch: int, now: datetime) -> Outgoing:
    """For the list of what is not folded."""
    line = SetAsideLine(
        epoch=epoch,
        partition=failure.partition,
        offset=failure.position,
        reason=failure.reason,
        at=now,
        parked_by=failure.raised,
    )
    return parked_record(line)


async def told_progress(bootstrap: str, names: Names, number: int) -> Progress | None:
    """The last that was told of the partition; what was folded since is written, and will be folded again."""
    async with clients.new_reader(bootstrap) as reader:
        return await progress_of(reader, names, number)


def told_parked(told: Progress, now: datetime) -> Outgoing:
    """The same progress, once more: it stands still since now, and is no fresher than it was."""
    fresh = told.caught_up_at or told.wall_time
    return progress_record(replace(told, wall_time=now, caught_up_at=fresh, parked_since=now))
