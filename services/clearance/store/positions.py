"""Where the store stands in the log, and whether that is still the log that the store was made from."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, and_, bindparam, func, select, update

from clearance.store import bulk
from clearance.store.applied import begin_anew, last_number
from clearance.store.connect import explained, writing
from clearance.store.errors import PartlyAnew, StoreError
from clearance.store.schema import metadata, positions, source

Place = tuple[str, int]
"""Topic and partition."""
Positions = dict[Place, int]
"""The next record to read of each partition."""


class Bounds(NamedTuple):
    """The first offset that a partition still holds, and the one that its next record will get."""

    first: int
    end: int


class Log(NamedTuple):
    """The log as it is: the ids that its cluster and its topics were given when they were made, and its partitions.
    `inputs` is the topic of which the others are made; `incidents` is the analyst's, and stays when the tracker's are
    made anew."""

    cluster_id: str
    topic_ids: Mapping[str, str]
    bounds: Mapping[Place, Bounds]
    inputs: str
    incidents: str


class Resumed(NamedTuple):
    """Where to read on. `rebuilt` says why the store was emptied first, "" if it was not; `gone` are the records that
    were removed from the log before the store had read them, by place."""

    positions: Positions
    rebuilt: str
    gone: dict[Place, int]


def resume(engine: Engine, log: Log, rebuild: bool = False) -> Resumed:
    """Where the store stands in this log. If it was made from another one, or by wish, it is emptied and begins anew.

    Raises `StoreError`; `PartlyAnew` if some of the topics were made anew and others were not.
    """
    with writing(engine) as connection:
        cluster, held = _made_from(connection)
        why = "it was asked for" if rebuild else _another_log(cluster, held, log)
        if why:
            held, begun = {}, last_number(connection)
            for table in metadata.tables.values():
                connection.execute(table.delete())
            begin_anew(connection, begun)
        if why or cluster is None:
            connection.execute(source.insert(), {"cluster_id": log.cluster_id})
        stood = {
            place: held[place].next_offset if place in held else bounds.first for place, bounds in log.bounds.items()
        }
        gone = {place: log.bounds[place].first - at for place, at in stood.items() if at < log.bounds[place].first}
        start = {place: at + gone.get(place, 0) for place, at in stood.items()}
        bulk.upsert(connection, positions, [_row(place, at, log.topic_ids) for place, at in start.items()])
    return Resumed(start, why, gone)


def another_log(connection: Connection, log: Log) -> str:
    """Why the store cannot have been made from this log; "" if it can. Raises `PartlyAnew`."""
    return _another_log(*_made_from(connection), log)


def _made_from(connection: Connection) -> tuple[str | None, Mapping[Place, Any]]:
    cluster = connection.execute(select(source.c.cluster_id)).scalar()
    return cluster, {(row.topic, row.partition): row for row in connection.execute(select(positions))}


def _another_log(cluster: str | None, held: Mapping[Place, Any], log: Log) -> str:
    if cluster is not None and cluster != log.cluster_id:
        return f"it was made from the Kafka cluster {cluster}, and this is {log.cluster_id}"
    if anew := {topic for (topic, _), row in held.items() if row.topic_id != log.topic_ids[topic]}:
        if kept := {topic for topic, _ in held} - anew - {log.inputs, log.incidents}:
            raise PartlyAnew(_partly(anew, kept))
        return f"{_listed(anew)} made anew since"
    for (topic, partition), row in held.items():
        if row.next_offset > log.bounds[topic, partition].end:
            end = log.bounds[topic, partition].end
            return f"{topic}:{partition} ends at {end}, and the store had read it up to {row.next_offset}"
    return ""


def _partly(anew: set[str], kept: set[str]) -> str:
    return (
        f"{_listed(anew)} deleted and made again, {_listed(kept)} not: the store is left as it is, since what it holds "
        "is nowhere else any more. Let the log be folded anew, as the tracker says; or `clearance projector --rebuild` "
        "takes the topics as they are"
    )


def _listed(names: set[str]) -> str:
    return f"{' and '.join(sorted(names))} {'were' if len(names) > 1 else 'was'}"


def _row(place: Place, at: int, topic_ids: Mapping[str, str]) -> dict[str, Any]:
    topic, partition = place
    return {"topic": topic, "partition": partition, "topic_id": topic_ids[topic], "next_offset": at}


def read_up_to(engine: Engine, topic: str) -> dict[int, int]:
    """The next record to read of each partition of a topic. Raises `StoreError`."""
    with explained(engine), engine.connect() as connection:
        rows = connection.execute(
            select(positions.c.partition, positions.c.next_offset).where(positions.c.topic == topic)
        )
        return {row.partition: row.next_offset for row in rows}


def partitions_of(engine: Engine) -> int:
    """How many partitions the log has that the store is made of; 0 before it was begun. Raises `StoreError`."""
    with explained(engine), engine.connect() as connection:
        last: int | None = connection.execute(select(func.max(positions.c.partition))).scalar()
    return 0 if last is None else last + 1


def advance(connection: Connection, stood: Positions, to: Positions) -> None:
    """Move on, in the transaction that writes what was read on the way. Raises `StoreError` if the store does not
    stand where this process left it."""
    held = {(topic, partition): at for topic, partition, at in connection.execute(AT)}
    if held != stood:
        raise StoreError("another projector writes to this store: stop one of them")
    moved = [{"to_topic": topic, "to_partition": partition, "at": at} for (topic, partition), at in to.items()]
    if moved:
        connection.execute(MOVE, moved)


AT = select(positions.c.topic, positions.c.partition, positions.c.next_offset)
MOVE = (
    update(positions)
    .where(and_(positions.c.topic == bindparam("to_topic"), positions.c.partition == bindparam("to_partition")))
    .values(next_offset=bindparam("at"))
)
