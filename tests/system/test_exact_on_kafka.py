"""The promise, on a real Kafka: what the API answers is the pure fold of the log, whatever is killed meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from tests.helpers.extent import some_or_all

from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.events.anomalies.ledger import anomaly_id
from clearance.events.standing.view import view
from clearance.metrics import Board
from clearance.metrics.declared import SIMULATOR
from clearance.recordings.read import read_recording
from clearance.settings.tables import default_tables
from clearance.simulator.pacing import Steady
from clearance.simulator.run import Runner
from clearance.simulator.traffic import traffic
from clearance.store import schema
from clearance.store.connect import open_store
from clearance.testing.oracle import Findings, Truth, consult, digest_of

from .running import START, System, until

RECORDINGS = Path(__file__).parents[1] / "recordings"
KILLS = 3
"""Of tracker and projectors, each time a third of the messages later."""
STORES = ("sqlite", "postgres")


@dataclass
class Aftermath:
    """The system at rest after everything has been through it, and what must have come out."""

    simulated: int
    system: System
    urls: dict[str, str]
    truth: Truth
    found: Findings


@pytest.fixture(scope="module", params=some_or_all(600, 20_000))
def aftermath(
    request: pytest.FixtureRequest,
    own_kafka_of_module: LocalKafka,
    postgres_url_of_module: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Aftermath]:
    simulated = request.param
    folder = tmp_path_factory.mktemp("system")
    urls = {"sqlite": f"sqlite:///{folder / 'store.db'}", "postgres": postgres_url_of_module}
    system = System.on(own_kafka_of_module, folder)
    try:
        system.start_tracker()
        for name in STORES:
            system.start_reading(name, urls[name])
        asyncio.run(_simulate(system.kafka.bootstrap, simulated // 2, seed=11))
        recordings = (read_recording(folder, "self") for folder in sorted(RECORDINGS.iterdir()))
        system.feed(chain.from_iterable(recordings))
        _kill_while(system, simulated)
        system.rest(*STORES)
        truth, found = asyncio.run(consult(system.kafka.bootstrap, default_tables()))
        yield Aftermath(simulated, system, urls, truth, found)
    finally:
        system.children.stop()


def _kill_while(system: System, simulated: int) -> None:
    """The second half of the messages comes while processes are killed in mid-run."""
    from threading import Thread

    sending = Thread(target=lambda: asyncio.run(_simulate(system.kafka.bootstrap, simulated // 2, seed=12)))
    sending.start()
    for folded in (simulated * (2 * nth + 1) // (2 * KILLS + 1) for nth in range(KILLS)):
        until(lambda folded=folded: system.metric("tracker", "clearance_inputs_total") >= folded, f"{folded} folded")  # type: ignore[misc]
        for name in ("tracker", *(f"projector-{store}" for store in STORES)):
            system.kill(name)
    sending.join()


async def _simulate(bootstrap: str, count: int, seed: int) -> None:
    async with open_edge(bootstrap) as edge:
        happenings = traffic(seed, START + timedelta(days=seed))
        pace = Steady(datetime.now(UTC))  # noqa: TID251 # a test may look at the clock
        await Runner(edge, Board(SIMULATOR), pace, happenings, lambda label: None).run(count)


@contextmanager
def closing_pool(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def test_every_topic_holds_what_follows_from_the_log(aftermath: Aftermath) -> None:
    found = aftermath.found
    assert found.exact, (found.lost[:5], found.wrong[:5], found.unasked[:5])
    assert found.inputs > aftermath.simulated
    assert found.events > aftermath.simulated / 2


def test_processes_were_really_killed(aftermath: Aftermath) -> None:
    names = ("tracker", *(f"projector-{store}" for store in STORES))
    assert {name: aftermath.system.restarts(name) for name in names} == dict.fromkeys(names, KILLS)


@pytest.mark.parametrize("store", STORES)
def test_every_declaration_is_answered_as_the_fold_says(aftermath: Aftermath, store: str) -> None:
    tables = default_tables()
    wanted = {state.id: state for state in aftermath.truth.states.values() if not state.merged_into}
    statuses = {name: view(state.facts, tables).status for name, state in wanted.items()}
    listed = aftermath.system.every(store, "/v1/declarations?limit=500", "declarations")
    assert {one["id"]: one["status"]["code"] for one in listed} == statuses
    for one in listed[:: max(1, len(listed) // 60)]:
        answer = aftermath.system.get(store, one["links"]["self"])
        assert answer.is_success, answer.text
        assert answer.json()["status"]["code"] == statuses[one["id"]]
        state = wanted[one["id"]]
        assert answer.headers["ETag"].removeprefix("W/").startswith(f'"{state.epoch}.{state.src}')


@pytest.mark.parametrize("store", STORES)
def test_every_event_is_held_once_and_in_order(aftermath: Aftermath, store: str) -> None:
    wanted = Counter((event.declaration, event.epoch, event.seq) for event in aftermath.truth.history)
    engine = open_store(aftermath.urls[store])
    with closing_pool(engine), engine.connect() as connection:
        columns = (schema.events.c.declaration, schema.events.c.epoch, schema.events.c.seq, schema.events.c.value)
        rows = connection.execute(select(*columns)).all()
        incomplete = connection.execute(select(schema.event_heads).where(schema.event_heads.c.history_incomplete)).all()
    assert Counter((row.declaration, row.epoch, row.seq) for row in rows) == wanted
    by_name = {f"{row.declaration}/{row.epoch}/{row.seq}".encode(): digest_of(bytes(row.value)) for row in rows}
    assert by_name == {name: value for name, (_, value) in aftermath.truth.events.items()}
    assert incomplete == []


@pytest.mark.parametrize("store", STORES)
def test_every_anomaly_is_answered_as_the_fold_says(aftermath: Aftermath, store: str) -> None:
    wanted = {
        anomaly_id(state.id, one.rule, one.deadline)
        for state in aftermath.truth.states.values()
        for one in state.ledger.anomalies.values()
        if one.state == "open"
    }
    listed = aftermath.system.every(store, "/v1/anomalies?state=open&limit=500", "anomalies")
    assert {one["id"] for one in listed} == wanted
    assert wanted
