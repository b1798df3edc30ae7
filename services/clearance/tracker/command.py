"""`clearance tracker`: the worker as a process."""

import asyncio
import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from clearance.kafka.names import Names
from clearance.kafka.ready import require_topics
from clearance.metrics import Board
from clearance.metrics.declared import TRACKER
from clearance.metrics.serving import serve
from clearance.settings import InvalidSetting, load, logs, needs_broker
from clearance.settings.tables import default_tables

if TYPE_CHECKING:
    import faust

COLLECT = 20_000, 20, 100
"""When the garbage collector looks: states are immutable and hold no cycles, and by its defaults it looks through them
for a tenth of the time (measured, docs/benchmarks.md)."""
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
    from clearance.stages.batching import UnfitFaust, check
    from clearance.tracker.app import create_app  # here, because importing Faust takes a second

    settings = load(
        kafka_bootstrap_servers=bootstrap, tracker_metrics_port=metrics_port, tracker_instance=instance, epoch=epoch
    )
    logs.configure(settings.log_format, "tracker")
    try:
        check()
    except UnfitFaust as error:
        raise InvalidSetting(str(error)) from error
    names = Names.of(settings.epoch)
    identity = require_topics(needs_broker(settings), names)
    board = Board(TRACKER)
    serve(board, settings.metrics_host, settings.tracker_metrics_port, "CLEARANCE_TRACKER_METRICS_PORT")
    _run(lambda: create_app(settings, default_tables(), names, identity, board), names)


def _run(create: Callable[[], "faust.App"], names: Names) -> None:
    """Run a Faust app in this process until a signal. Its own set-up of logging and output is left out."""
    import faust
    import mode.loop

    from clearance.tracker.failing import fail_stop

    mode.loop.use("uvloop")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    gc.freeze()  # what was imported stays
    gc.set_threshold(*COLLECT)
    app = create()
    worker = faust.Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    try:
        worker.execute_from_commandline()
    except (SystemExit, asyncio.CancelledError) as end:  # a crash of Faust, or of what it calls, is one or the other
        if isinstance(end, SystemExit) and not end.code:
            raise
        fail_stop(worker.crash_reason or app.crash_reason or end.__context__ or end, names)
