"""`clearance analyst`: its options."""

from typing import Annotated

import typer

from clearance.settings import load

EXAMPLES = """
Examples:

  clearance analyst --bootstrap 127.0.0.1:9092
"""


def analyst(
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus scrapes the analyst.")] = None,
    epoch: Annotated[int | None, typer.Option(min=0, help="Whose topics it folds and writes.")] = None,
) -> None:
    """Learn from the events of all declarations how long each step takes. Start more to share the work.

    Nothing waits for it. Ends with exit code 70 at the first error, so that a supervisor starts it again; with 2 where
    that would not help.
    """
    settings = load(kafka_bootstrap_servers=bootstrap, analyst_metrics_port=metrics_port, epoch=epoch)
    from clearance.analyst.process import run_analyst  # here, because importing Faust takes a second

    run_analyst(settings)
