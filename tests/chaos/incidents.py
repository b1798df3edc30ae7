"""Incidents after a run: what analysts told of them, what the store holds and what the API answers, beside what one
pure lookout tells of the same log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import httpx
import msgspec
from sqlalchemy import select
from tests.analyst.oracle import incidents_of
from tests.analyst.told import by_partition

from clearance.events.incidents.incident import Incident
from clearance.events.incidents.lookout import IncidentTold
from clearance.kafka import clients
from clearance.kafka.incident_records import read_incident
from clearance.kafka.names import BASE
from clearance.store import schema
from clearance.store.connect import open_store
from clearance.testing.oracle import Findings, Truth


class Counted(NamedTuple):
    """How many there were, how many of them grew after they had opened, and how many closed."""

    opened: int = 0
    grown: int = 0
    closed: int = 0


class Seen(NamedTuple):
    """What somebody sees of an incident who is shown but some of it."""

    opened_at: datetime
    closed_at: datetime | None
    into: str
    size: int


Row = tuple[str, Seen]
"""An incident by its id."""


def expected(truth: Truth) -> list[IncidentTold]:
    """What follows from the log, which was folded whole, in its order."""
    return incidents_of(by_partition(truth), truth.passed)


async def written(bootstrap: str) -> list[IncidentTold]:
    """All that was told, repeats among it."""
    found: list[IncidentTold] = []
    async with clients.new_reader(bootstrap) as reader:
        async for records in clients.read_whole(reader, BASE.incidents, 0):
            found += [read_incident(record.value) for record in records]
    return found


def counted(wanted: Sequence[IncidentTold]) -> Counted:
    """Of what was told in its order."""
    last, first = last_of(wanted), last_of(wanted[::-1])
    grown = sum(len(one.members) > len(first[name].members) for name, one in last.items())
    return Counted(len(last), grown, sum(one.closed_at is not None for one in last.values()))


def last_of(told: Sequence[IncidentTold]) -> dict[str, Incident]:
    """Each as it was told last, by id."""
    return {one.incident.incident: one.incident for one in told}


def compare(told: Sequence[IncidentTold], wanted: Sequence[IncidentTold], found: Findings) -> None:
    """Every step of every incident, once or repeated, and nothing else."""
    there, right = ({msgspec.json.encode(one): one for one in some} for some in (told, wanted))
    found.lost += [_named(right[value]) for value in sorted(right.keys() - there.keys())]
    found.unasked += [_named(there[value]) for value in sorted(there.keys() - right.keys())]
    found.copies += len(told) - len(there)


def _named(one: IncidentTold) -> str:
    return f"incident {one.incident.incident} at {one.at:%Y-%m-%dT%H:%M}"


async def compare_seen(store: str, url: str, wanted: Sequence[IncidentTold], found: Findings) -> None:
    """Each incident once in the store and once in the answers, as it was told last."""
    for where, rows in (("the store", _in_the_store(store)), ("the API's answers", await _answered(url))):
        found.wrong += differences(where, rows, wanted)


def differences(where: str, rows: Sequence[Row], wanted: Sequence[IncidentTold]) -> list[str]:
    """What is there twice, or is not there as it must be."""
    names, held = [name for name, _ in rows], dict(rows)
    right = {name: _seen(one) for name, one in last_of(wanted).items()}
    return [
        *(f"incident {one} twice in {where}" for one in sorted({*names}) if names.count(one) > 1),
        *(
            f"incident {one} in {where}: {held.get(one)}, not {right.get(one)}"
            for one in sorted(held.keys() | right.keys())
            if held.get(one) != right.get(one)
        ),
    ]


def _seen(one: Incident) -> Seen:
    return Seen(one.opened_at, one.closed_at, one.into, len(one.members))


def _in_the_store(store: str) -> list[Row]:
    """With as many members as there are, and not as were counted."""
    engine = open_store(store)
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(schema.incidents)).all()
            members = [one.incident for one in connection.execute(select(schema.incident_members.c.incident))]
    finally:
        engine.dispose()
    return [(row.id, Seen(row.opened_at, row.closed_at, row.into, members.count(row.id))) for row in rows]


async def _answered(url: str) -> list[Row]:
    rows: list[Mapping[str, Any]] = []
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        address: str | None = "/v1/incidents"
        while address:
            answer = (await client.get(address)).raise_for_status().json()
            rows, address = [*rows, *answer["incidents"]], answer["next"]
    return [(row["id"], msgspec.convert(_fields(row), Seen)) for row in rows]


def _fields(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["opened_at"], row["closed_at"], row["part_of"], row["size"]
