"""The harness turns red when analysts lose an incident, or tell of one that nothing follows."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from tests.analyst.told import incidents_wanted

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import open_edge
from clearance.events.incidents.lookout import IncidentTold
from clearance.kafka import clients
from clearance.kafka.incident_records import incident_record
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Findings, Truth, consult

from .held_office import HeldOffice
from .load import START
from .of_analysts import compare

HELD = timedelta(hours=3)
MINUTES = timedelta(minutes=10)


async def held(bootstrap: str) -> Truth:
    """What follows from an office that stood still for some hours."""
    async with open_edge(bootstrap) as edge:
        office = HeldOffice(edge)
        await office.pass_quiet_days(START)
        await office.stand_still(START)
        await edge.pass_time(START + MINUTES, external=True)
        await edge.pass_time(START + HELD, external=True)
        await office.go_on(START + HELD)
        await edge.pass_time(START + 2 * HELD, external=True)
    return (await consult(bootstrap, default_tables()))[0]


async def found(bootstrap: str, told: Sequence[IncidentTold], truth: Truth) -> Findings:
    """Beside what analysts have told of incidents, and nothing else."""
    findings = Findings()
    async with clients.new_producer(bootstrap) as producer:
        await clients.write(producer, BASE.incidents, 0, [*map(incident_record, told)])
    await compare(bootstrap, truth, findings)
    return findings


def of_incidents(texts: Sequence[str]) -> int:
    return sum(one.startswith("incident") for one in texts)


def test_an_incident_that_is_lost_and_one_that_follows_from_nothing_are_found(embedded_broker: EmbeddedBroker) -> None:
    async def story() -> None:
        bootstrap = embedded_broker.bootstrap
        truth = await held(bootstrap)
        opened, *rest = incidents_wanted(truth).values()
        assert dict(opened.incident.group) == {"office": "2901"}
        assert rest[-1].incident.closed_at
        findings = await found(bootstrap, [*rest, *rest], truth)
        assert (of_incidents(findings.lost), of_incidents(findings.unasked)) == (1, 0)
        others = IncidentTold(epoch=0, at=opened.at + MINUTES, incident=opened.incident)
        findings = await found(bootstrap, [opened, others], truth)
        assert (of_incidents(findings.lost), of_incidents(findings.unasked)) == (0, 1)

    asyncio.run(story())
