"""`clearance expectations`: its options, and how the table is shown."""

from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from clearance.cli import options
from clearance.events.learning.cohorts import Key
from clearance.events.learning.expectations import At, Expectations, Learned, Slower, encode_expectations
from clearance.kafka.ready import find_log, find_names
from clearance.operations.expectations import learned
from clearance.settings import load, needs_broker

EXAMPLES = """
Examples:

  clearance expectations                      how long declarations stay where they are, by cohort

  clearance expectations --json               the whole table, with its curves
"""
NOTHING = "nothing was learned yet: no day was told; see whether `clearance analyst` runs"


def expectations(
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print what the analyst has learned: how long declarations stay where they are. Stays are judged by it."""
    settings = load(kafka_bootstrap_servers=bootstrap)
    named = needs_broker(settings)
    address = find_log(named).address or named
    table = learned(address, find_names(address, settings.epoch))
    if json:
        typer.echo(encode_expectations(table) if table else msgspec.json.encode(None))
    elif table:
        options.console().print(_shown(table), *map(_slower, table.slower.items()), sep="\n")
    else:
        options.console().print(NOTHING)


def _shown(table: Expectations) -> Table:
    grid = Table(title=f"as of {table.as_of:%Y-%m-%d}, table {table.version}")
    for heading in ("status", "cohort", "ended", "half by", "90 % by", "overdue after"):
        grid.add_column(heading)
    for key, one in sorted(table.cohorts.items()):
        grid.add_row(*_row(key, one))
    return grid


def _row(key: Key, one: Learned) -> tuple[str, ...]:
    lengths = (one.p50_seconds, one.p90_seconds, one.overdue_after_seconds)
    return key[0], " ".join(key[1:]), str(one.size), *map(_length, lengths)


def _length(seconds: int | None) -> str:
    return "not known" if seconds is None else str(timedelta(seconds=seconds))


def _slower(told: tuple[At, Slower]) -> str:
    (status, authority, office), one = told
    return (
        f"{authority} {office}, {status}: slower than it was; nine in ten of the last {one.size} within "
        f"{_length(one.p90_seconds)}, {_length(one.before_seconds)} before"
    )
