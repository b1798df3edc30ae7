"""Is the store there, is it that of this log, and does it follow?"""

import asyncio
from collections.abc import Iterator, Mapping
from threading import Event

from clearance.doctor.checks import About
from clearance.doctor.installation import Installation
from clearance.doctor.of_machine import LEAST_FREE
from clearance.projector.source import Source, read_by
from clearance.settings.clock import monotonic
from clearance.store.connect import explained, is_made, name_of, newest, open_beside, version_of
from clearance.store.errors import PartlyAnew, StoreError
from clearance.store.positions import Bounds, Log, Place, another_log
from clearance.store.reader import reading
from clearance.store.size import free_ratio
from clearance.store.viewer import EVERYBODY

FOLLOW_SECONDS, LOOK_SECONDS = 5.0, 0.2
"""How long a projector has to apply what was told while we looked; it takes a second."""


def unreachable(here: Installation) -> Iterator[About]:
    try:
        is_made(here.store)
    except StoreError as error:
        yield {"said": str(error)}


def unmade(here: Installation) -> Iterator[About]:
    if not is_made(here.store):
        yield {"store": name_of(here.store)}


def schema(here: Installation) -> Iterator[About]:
    """That of the store, and of what lies beside it if that has been made."""
    beside = open_beside(here.settings.database_url, "access", 1)
    try:
        for engine, room, by in (
            (here.store, "clearance.store", "`clearance projector`"),
            (beside, "clearance.access", "`clearance api`"),
        ):
            if is_made(engine):
                with explained(engine), engine.connect() as connection:
                    found, wanted = version_of(connection), newest(room)
                if found != wanted:
                    yield {"store": name_of(engine), "found": str(found), "wanted": wanted, "by": by}
    finally:
        beside.dispose()


def foreign(here: Installation) -> Iterator[About]:
    """Whether the projector would find that the store was made from something else."""
    log = log_of(here)
    try:
        with explained(here.store), here.store.connect() as connection:
            said = another_log(connection, log)
    except PartlyAnew as error:
        said = str(error)
    if said:
        yield {"said": said}


def log_of(here: Installation) -> Log:
    """The log as a projector would find it now."""
    ids = {name: here.identity.topic_ids[name] for name in read_by(here.names)}
    return Log(here.identity.cluster_id, ids, asyncio.run(_bounds(here)), here.names.inputs, here.names.incidents)


def behind(here: Installation) -> Iterator[About]:
    """Partitions whose progress, as it was told before or while we looked, does not come to the store."""
    wanted = {number: told.position for number, told in here.latest.progress.items()}
    wanted |= {number: seen.progress.position for number, seen in here.seen.items()}
    until, pause = monotonic() + FOLLOW_SECONDS, Event()
    while (lacking := _lacking(here, wanted)) and monotonic() < until:
        pause.wait(LOOK_SECONDS)
    if lacking:
        numbers = ", ".join(map(str, lacking))
        yield {"partitions": numbers, "behind": str(sum(lacking.values())), "seconds": f"{FOLLOW_SECONDS:.0f}"}


def disk(here: Installation) -> Iterator[About]:
    """Nothing is known of PostgreSQL's."""
    free = free_ratio(here.store)
    if free is not None and free < LEAST_FREE:
        yield {"percent": f"{100 * free:.1f}", "store": name_of(here.store)}


def _lacking(here: Installation, wanted: Mapping[int, int]) -> dict[int, int]:
    """By partition, how many inputs the store lacks of what was told. One that has them all but not what a tracker told
    while we looked lacks 0: nobody writes to it."""
    with reading(here.store, EVERYBODY) as reader:
        held = {one.partition: one for one in reader.progress()}
    lacking = {}
    for number, position in wanted.items():
        one, seen = held.get(number), here.seen.get(number)
        late = seen is not None and one is not None and one.wall_time < seen.told_until
        if one is None or one.position < position or late:
            lacking[number] = position - (one.position if one else -1)
    return lacking


async def _bounds(here: Installation) -> dict[Place, Bounds]:
    async with Source(here.bootstrap, here.names) as source:
        return await source.bounds()
