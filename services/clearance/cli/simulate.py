"""`clearance simulate`: its options."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from clearance.cli import options
from clearance.settings import load, logs
from clearance.simulator.identities import SEEDS
from clearance.simulator.process import Wish, send
from clearance.simulator.world import WorldName

EXAMPLES = """
Examples:

  clearance simulate                                    days of traffic in minutes, for ever

  clearance simulate --seed 7 --rate 200 --count 20000  a load of 200 messages a second

  clearance simulate --rate 0 --count 20000             as fast as the broker takes them

  clearance simulate --seed 7 --from 2026-03-02T00:30:00Z   started again, it goes on where the log's clocks stand

  clearance simulate --truth labels.jsonl               what was made wrong on purpose, and what must follow

  clearance simulate --world field --truth truth.jsonl  offices that differ, holidays, outages; the truth names them

  clearance simulate --world clean                      the same days without an outage
"""


def simulate(
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=SEEDS[-1], help="The same seed, start and figures give the same bytes.")
    ] = None,
    speed: Annotated[float | None, typer.Option(min=1, help="Simulated seconds in one second.")] = None,
    rate: Annotated[
        float | None, typer.Option(min=0, help="Messages in one second instead of a speed; 0: as fast as possible.")
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            parser=options.instant,
            metavar="TIME",
            help="When simulated time begins, or began.",
        ),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
    days_back: Annotated[int | None, typer.Option(min=0, help="How many days ago simulated time begins.")] = None,
    truth: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a line of JSON for everything made wrong on purpose.")
    ] = None,
    world: Annotated[
        WorldName,
        typer.Option(
            help="plain: every office is alike. field: offices, goods, hours and seasons differ, with outages. "
            "clean: the field without outages."
        ),
    ] = "plain",
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus scrapes the simulator.")] = None,
) -> None:
    """Send messages as Chinese customs and UK customs would: whole lives of declarations, with faults on the way.

    Time is simulated: it begins some days ago, runs fast, and never passes the wall clock. It refuses a log that holds
    live traffic.
    """
    settings = load(kafka_bootstrap_servers=bootstrap, simulator_metrics_port=metrics_port)
    logs.configure(settings.log_format, "simulator")
    wish = Wish(
        seed=seed,
        start=start,
        speed=speed,
        rate=rate,
        count=count,
        days_back=days_back,
        truth=truth,
        world=world,
    )
    send(settings, wish)
