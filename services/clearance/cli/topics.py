"""`clearance topics`: the topics of a broker against their cards."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.table import Table

from clearance.cli import options
from clearance.cli.broker import Bootstrap
from clearance.contracts.cards import Card
from clearance.contracts.cards import topics as cards
from clearance.devbroker.embedded import LIMITS
from clearance.kafka.policies import kept
from clearance.kafka.topics import TopicsReport, ensure
from clearance.settings import load, needs_broker

EXAMPLES = """
Examples:

  clearance topics --bootstrap 127.0.0.1:9092        make what is missing, verify the rest

  clearance topics --check                           verify only

  clearance topics --replication-factor 3            on a cluster of three brokers or more
"""


def topics(
    bootstrap: Bootstrap = None,
    check: Annotated[bool, typer.Option("--check", help="Make nothing, verify only.")] = False,
    replication_factor: Annotated[
        int | None, typer.Option(min=1, help="Copies of each partition, for new topics.")
    ] = None,
) -> None:
    """Make the topics that are missing, and verify that all are as their cards say. A wrong one is never altered.

    Exit code 0: all are as they should be; 1: a topic is wrong or missing; 2: no broker, or it refuses.
    """
    settings = load(kafka_bootstrap_servers=bootstrap, kafka_replication_factor=replication_factor)
    copies = settings.kafka_replication_factor
    report = ensure(needs_broker(settings), cards(), replication_factor=copies, create=not check)
    _show(report, cards())
    if not report.ok:
        raise typer.Exit(1)


def _show(report: TopicsReport, by_name: Mapping[str, Card]) -> None:
    out = options.console()
    table = Table(box=None)
    for column in ("topic", "partitions", "kept", "state"):
        table.add_column(column, overflow="fold")
    for topic in report.topics:
        table.add_row(topic.name, str(topic.partitions), kept(by_name[topic.name]), topic.state)
    out.print(table)
    for topic in report.topics:
        for problem in topic.problems:
            out.print(f"\n{topic.name} {problem}.", soft_wrap=True)
    if report.embedded:
        out.print("\nThis is an embedded broker. What cannot be had there:")
        for limit in LIMITS:
            out.print(f"  {limit}", soft_wrap=True)
