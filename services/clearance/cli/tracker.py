"""`clearance tracker`: its options."""

from typing import Annotated

import typer

from clearance.settings import load

EXAMPLES = """
Examples:

  clearance tracker --bootstrap 127.0.0.1:9092

  CLEARANCE_TRACKER_INSTANCE=tracker-1 clearance tracker      gets its partitions back at once after a restart
"""


def tracker(
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus scrapes the tracker.")] = None,
    instance: Annotated[
        str | None, typer.Option(help="A name kept over restarts; unique among the trackers that run.")
    ] = None,
    epoch: Annotated[int | None, typer.Option(min=0, help="Whose topics it folds and writes.")] = None,
) -> None:
    """Follow every declaration: fold the inputs, write events, states and anomalies. Start more to share the work.

    Ends with exit code 70 at the first error, so that a supervisor starts it again; with 2 where that would not help.
    """
    settings = load(
        kafka_bootstrap_servers=bootstrap, tracker_metrics_port=metrics_port, tracker_instance=instance, epoch=epoch
    )
    from clearance.tracker.process import run_tracker  # here, because importing Faust takes a second

    run_tracker(settings)
