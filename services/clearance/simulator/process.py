"""The simulated single window as a process: pace, time that begins some days ago, labels."""

import asyncio
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from aiokafka.errors import KafkaError

from clearance.edge import shown
from clearance.edge.append import open_edge
from clearance.kafka import epochs
from clearance.kafka.clients import new_reader
from clearance.kafka.errors import BrokerError
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.ready import await_topics
from clearance.metrics import Board
from clearance.metrics.declared import EDGE, PROCESS, SIMULATOR
from clearance.metrics.serving import serve
from clearance.settings import InvalidSetting, Settings
from clearance.settings.clock import utc_now
from clearance.simulator.conditions import Conditions
from clearance.simulator.figures import default_figures
from clearance.simulator.identities import SEEDS
from clearance.simulator.life import Label, Trouble
from clearance.simulator.pacing import Compressed, Pace, Steady, begin
from clearance.simulator.run import Runner, as_line
from clearance.simulator.traffic import Happening, traffic
from clearance.simulator.world import WorldName, field

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked of a simulation; None is the usual. `truth` takes a line of JSON for everything made wrong.

    `start` is when simulated time begins: one that has been sent in part goes on where the clocks of the log stand.
    """

    seed: int | None = None
    start: datetime | None = None
    speed: float | None = None
    rate: float | None = None
    count: int | None = None
    days_back: int | None = None
    truth: Path | None = None
    world: WorldName = "plain"


def send(settings: Settings, wish: Wish) -> None:
    """Simulate until a signal, or until as many are sent as wished. Raises `InvalidSetting` and `BrokerError`."""
    await_topics(settings)
    run, wall = default_figures().run, utc_now()
    start = wish.start or begins(wish.days_back)
    reached = asyncio.run(_reached(settings.kafka_bootstrap_servers))
    resumed = max(start, reached) if wish.start and reached else start
    pace: Pace = Compressed(resumed, wall, wish.speed or run.speed)
    if wish.rate is not None:
        pace = Steady(wall, wish.rate or None)
    seed = any_seed() if wish.seed is None else wish.seed
    board = Board((*PROCESS, *SIMULATOR, *EDGE))
    shown.look_after(board, settings.kafka_bootstrap_servers)
    serve(board, settings.metrics_host, settings.simulator_metrics_port, "CLEARANCE_SIMULATOR_METRICS_PORT")
    told = {"resumed": resumed.isoformat()} if resumed > start else {}
    log.info("simulating", seed=seed, start=start.isoformat(), pace=type(pace).__name__.lower(), **told)
    conditions = None if wish.world == "plain" else Conditions(field(), seed, start, clean=wish.world == "clean")
    with teller(wish.truth, conditions) as tell:
        asyncio.run(
            _run(
                bootstrap=settings.kafka_bootstrap_servers,
                board=board,
                pace=pace,
                happenings=traffic(seed, start, since=resumed, conditions=conditions),
                tell=tell,
                count=wish.count,
            )
        )


async def _run(
    bootstrap: str,
    board: Board,
    pace: Pace,
    happenings: Iterator[Happening],
    tell: Callable[[Label | Trouble], None],
    count: int | None,
) -> None:
    """Send until all is sent or a signal comes."""
    async with open_edge(bootstrap, board) as edge:
        shown.show(board, edge)
        runner = Runner(edge, board, pace, happenings, tell)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, runner.ended.set)
        await runner.run(count)
        log.info("sent", messages=runner.sent)


def begins(days_back: int | None = None) -> datetime:
    """When simulated time begins, if it begins now."""
    run = default_figures().run
    return begin(utc_now(), run.days_back if days_back is None else days_back, run.opens_at)


def any_seed() -> int:
    """A seed at random."""
    return random.choice(SEEDS)  # noqa: S311 # no secret


async def _reached(bootstrap: str) -> datetime | None:
    """How far simulated time has come in the log; None if it holds none. A log whose clocks are real ones holds real
    declarations. Raises `InvalidSetting`."""
    reader, latest = new_reader(bootstrap), None
    try:
        await reader.start()
        names = (await epochs.current(reader)).names().of_base
        for partition in names.numbers:
            told = await progress_of(reader, names, partition)
            if told is None or told.stream_time is None:
                continue
            latest = max(latest or told.stream_time, told.stream_time)
            if not told.external_clock:
                raise InvalidSetting(
                    f"{names.inputs}:{partition} at {bootstrap} follows the wall clock, so it holds live traffic: "
                    "simulate into a broker of its own (`clearance up`, `make kafka`)"
                )
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} does not tell the tracker's progress: {error}") from error
    finally:
        await reader.stop()
    return latest


@contextmanager
def teller(truth: Path | None, conditions: Conditions | None) -> Iterator[Callable[[Label | Trouble], None]]:
    """Where labels and troubles go: a line each into a file, or nowhere. An outage is told before its first trouble."""
    if truth is None:
        yield lambda label: None
        return
    told: set[str] = set()
    with truth.open("ab") as lines:

        def tell(one: Label | Trouble) -> None:
            if isinstance(one, Trouble) and conditions is not None and one.cause not in told:
                told.add(one.cause)
                if (outage := conditions.outages.named(one.cause)) is not None:
                    lines.write(as_line(outage))
            lines.write(as_line(one))

        yield tell
