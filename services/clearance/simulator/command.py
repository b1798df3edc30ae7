"""`clearance simulate`: a simulated single window that sends messages as customs would."""

import asyncio
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer
from aiokafka.errors import KafkaError

from clearance.contracts import topics
from clearance.edge.append import open_edge
from clearance.kafka.clients import new_reader
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.ready import require_topics
from clearance.metrics import Board
from clearance.metrics.declared import EDGE, SIMULATOR
from clearance.metrics.serving import serve
from clearance.settings import InvalidSetting, load, logs, needs_broker
from clearance.settings.clock import utc_now
from clearance.simulator.figures import default_figures
from clearance.simulator.identities import SEEDS
from clearance.simulator.life import Label
from clearance.simulator.pacing import Compressed, Pace, Steady, begin
from clearance.simulator.run import Runner, as_line
from clearance.simulator.traffic import Happening, traffic

EXAMPLES = """
Examples:

  clearance simulate                                    days of traffic in minutes, for ever

  clearance simulate --seed 7 --rate 200 --count 20000  a load of 200 messages a second

  clearance simulate --rate 0 --count 20000             as fast as the broker takes them

  clearance simulate --truth labels.jsonl               what was made wrong on purpose, and what must follow
"""

log = structlog.get_logger()


def simulate(
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=SEEDS[-1], help="The same seed, start and figures give the same bytes.")
    ] = None,
    speed: Annotated[float | None, typer.Option(min=1, help="Simulated seconds in one second.")] = None,
    rate: Annotated[
        float | None, typer.Option(min=0, help="Messages in one second instead of a speed; 0: as fast as possible.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
    days_back: Annotated[int | None, typer.Option(min=0, help="How many days ago simulated time begins.")] = None,
    truth: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a line of JSON for everything made wrong on purpose.")
    ] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus scrapes the simulator.")] = None,
) -> None:
    """Send messages as Chinese customs and UK customs would: whole lives of declarations, with faults on the way.

    Time is simulated: it begins some days ago, runs fast, and never passes the wall clock. It refuses a log that holds
    live traffic.
    """
    settings = load(kafka_bootstrap_servers=bootstrap, simulator_metrics_port=metrics_port)
    logs.configure(settings.log_format, "simulator")
    require_topics(needs_broker(settings))
    run, wall = default_figures().run, utc_now()
    back = run.days_back if days_back is None else days_back
    start = begin(wall, back, run.opens_at)
    asyncio.run(_refuse_live(settings.kafka_bootstrap_servers))
    pace: Pace = Steady(wall, rate or None) if rate is not None else Compressed(start, wall, speed or run.speed)
    seed = random.choice(SEEDS) if seed is None else seed  # noqa: S311 # no secret
    board = Board((*SIMULATOR, *EDGE))
    serve(board, settings.metrics_host, settings.simulator_metrics_port, "CLEARANCE_SIMULATOR_METRICS_PORT")
    log.info("simulating", seed=seed, start=start.isoformat(), pace=type(pace).__name__.lower())
    with _teller(truth) as tell:
        asyncio.run(_run(settings.kafka_bootstrap_servers, board, pace, traffic(seed, start), tell, count))


async def _run(
    bootstrap: str,
    board: Board,
    pace: Pace,
    happenings: Iterator[Happening],
    tell: Callable[[Label], None],
    count: int | None,
) -> None:
    """Send until all is sent or a signal comes."""
    async with open_edge(bootstrap, board) as edge:
        runner = Runner(edge, board, pace, happenings, tell)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, runner.ended.set)
        await runner.run(count)
        log.info("sent", messages=runner.sent)


async def _refuse_live(bootstrap: str) -> None:
    """A log whose clocks are real ones holds real declarations. Raises `InvalidSetting`."""
    reader = new_reader(bootstrap)
    try:
        await reader.start()
        for partition in range(topics()[BASE.inputs].partitions):
            told = await progress_of(reader, BASE, partition)
            if told is not None and told.stream_time is not None and not told.external_clock:
                raise InvalidSetting(
                    f"{BASE.inputs}:{partition} at {bootstrap} follows the wall clock, so it holds live traffic: "
                    "simulate into a broker of its own (`clearance up`, `make kafka`)"
                )
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} does not tell the tracker's progress: {error}") from error
    finally:
        await reader.stop()


@contextmanager
def _teller(truth: Path | None) -> Iterator[Callable[[Label], None]]:
    """Where labels go: a line each into a file, or nowhere."""
    if truth is None:
        yield lambda label: None
        return
    with truth.open("ab") as lines:

        def tell(label: Label) -> None:
            lines.write(as_line(label))

        yield tell
