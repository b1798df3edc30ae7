"""Parts: what a partition tells of its stays when a day is over, one record for each slice that has changed.

A part is the whole of its slice, so that a repeat is harmless, and of several of one key the highest `src` counts.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

import msgspec
from msgspec import Struct

from clearance.events.learning.part import Part
from clearance.events.learning.tally import RUNNING, Listed, Tally
from clearance.events.partition.time_passed import TimePassed


class Told(Struct, frozen=True, tag="told"):
    """What a partition has told: by when, and of each slice a digest of what was told last."""

    hour: datetime | None = None
    slices: dict[str, str] = {}

    def wants(self, passed: TimePassed) -> bool:
        """Whether a day has ended that was not told yet."""
        return self.hour is None or passed.hour.date() > self.hour.date()


def parts(tally: Tally, told: Told, passed: TimePassed, partition: int) -> Iterator[tuple[Part, str]]:
    """What has changed since it was told last, each with its digest. The running ones come last, and always: a reader
    that holds them holds all days before."""
    for name in [*sorted({*tally.days()} | told.slices.keys()), RUNNING]:
        listed, judged = tally.listed(name), tally.judged(name)
        digest = blake2b(msgspec.json.encode((listed, judged)), digest_size=16).hexdigest()
        if name == RUNNING or digest != told.slices.get(name):
            yield _part(passed, partition, name, listed, judged), digest


def _part(passed: TimePassed, partition: int, name: str, listed: Listed, judged: Listed) -> Part:
    place = {"epoch": passed.epoch, "partition": partition, "slice": name}
    return Part(**place, src=passed.src, hour=passed.hour, cohorts=listed, judged=judged)  # type: ignore[arg-type] # each of its type
