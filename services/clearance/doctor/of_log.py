"""Is the log folded, by whom, and what is left out?"""

from collections.abc import Iterator
from datetime import timedelta

from clearance.doctor.checks import About
from clearance.doctor.installation import Installation
from clearance.doctor.of_broker import address_towards
from clearance.doctor.watching import Seen
from clearance.events.log.progress import STEP_VERSION
from clearance.events.values.times import rfc3339
from clearance.operations.parked_partitions import parked_by
from clearance.settings.tables import default_tables
from clearance.tracker.free_name import GROUP, at_work

CLOCK_OFF = timedelta(seconds=5)
"""As the alert ClockSkew has it (`deploy/prometheus/rules/processes.yml`)."""


def elsewhere(here: Installation) -> Iterator[About]:
    """Whether the log was moved to another cluster than the one that is set."""
    if here.log.address:
        yield {"servers": here.bootstrap, "address": here.log.address}


def epoch_over(here: Installation) -> Iterator[About]:
    """Whether the log of the epoch that is set was moved into another one."""
    ours, base = here.settings.epoch, here.log.base.epoch
    if ours < base:
        yield {"epoch": str(ours), "base": str(base), "current": str(here.log.epoch)}


def tables(here: Installation) -> Iterator[About]:
    """Partitions that were folded by another fold or other tables than this machine has."""
    ours, others = (STEP_VERSION, default_tables().version), dict[tuple[str, str], list[int]]()
    for number, told in here.latest.progress.items():
        if (theirs := (told.step_version, told.tables_version)) != ours:
            others.setdefault(theirs, []).append(number)
    for (step, version), numbers in others.items():
        yield {
            "partitions": _listed(numbers),
            "step": step,
            "tables": version,
            "our_step": ours[0],
            "our_tables": ours[1],
        }


def name(here: Installation) -> Iterator[About]:
    """Whether another machine works under the name that is set here; on this one it may be who is meant."""
    if instance := here.settings.tracker_instance:
        host = at_work(here.admin, here.names, here.names.group(GROUP), instance).lstrip("/")
        ours = address_towards(here.bootstrap.split(",")[0])
        if host and host != ours:
            yield {"name": instance, "host": host, "here": ours}


def tracker(here: Installation) -> Iterator[About]:
    """Partitions of which no progress came while we looked; those that are parked have none."""
    parked = {one.partition for one in parked_by(here.names, here.lists)}
    if silent := [number for number in here.latest.inputs if number not in here.seen and number not in parked]:
        waiting = sum(here.latest.waiting(number) for number in silent)
        yield {"partitions": _listed(silent), "waiting": str(waiting)}


def parked(here: Installation) -> Iterator[About]:
    for one in parked_by(here.names, here.lists):
        yield {
            "partition": str(one.partition),
            "place": str(one.waits_at),
            "since": rfc3339(one.line.at),
            "reason": one.line.reason,
        }


def set_aside(here: Installation) -> Iterator[About]:
    for number, held in here.lists.items():
        if offsets := sorted(held.reasons):
            yield {"partition": str(number), "count": str(len(offsets)), "offsets": _listed(offsets)}


def dead_letters(here: Installation) -> Iterator[About]:
    """How many there are. What the edge refused never came to any epoch, and stands in the topic of epoch 0."""
    for topic in dict.fromkeys((here.names.of_base.dead_letters, here.names.dead_letters)):
        if count := here.held(topic):
            yield {"topic": topic, "count": str(count)}


def clock_here(here: Installation) -> Iterator[About]:
    """Nothing can be said while no tracker is at work, or of a broker that stamps no record."""
    off = [one.here - one.broker for one in here.seen.values() if one.broker is not None]
    if off and abs(least := min(off, key=abs)) > CLOCK_OFF:
        yield _off(least)


def clock_tracker(here: Installation) -> Iterator[About]:
    for number, one in here.seen.items():
        if (off := _tracker_ahead(one)) is not None and abs(off) > CLOCK_OFF:
            yield {"partition": str(number), **_off(off)}


def _tracker_ahead(one: Seen) -> timedelta | None:
    return None if one.broker is None else one.progress.wall_time - one.broker


def _off(ahead: timedelta) -> About:
    seconds = ahead.total_seconds()
    return {"seconds": f"{abs(seconds):.0f}", "way": "ahead of" if seconds > 0 else "behind"}


def _listed(numbers: list[int]) -> str:
    """The first of them, if there are many."""
    shown = ", ".join(map(str, numbers[:12]))
    return f"{shown}, …" if len(numbers) > 12 else shown
