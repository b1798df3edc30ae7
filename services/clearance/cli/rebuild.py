"""`clearance rebuild`: its options, and a bar until it has caught up."""

import asyncio
from typing import Annotated, Self

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clearance.rebuild.feeder import Fed
from clearance.rebuild.pace import AHEAD
from clearance.rebuild.process import feed
from clearance.settings import load, logs

EXAMPLES = """
Examples:

  clearance rebuild --epoch 1                          feed epoch 1, beside what runs

  clearance tracker --epoch 1 --metrics-port 9111      fold it, with the new version

  clearance projector --epoch 1 --metrics-port 9112    fill its store

  clearance epoch switch 1                             when all three have caught up; `clearance epoch back` undoes it
"""
log = structlog.get_logger()


def rebuild(
    epoch: Annotated[int, typer.Option(min=1, help="The new epoch; a number that was not used yet.")],
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    replication_factor: Annotated[
        int | None, typer.Option(min=1, help="Copies of each partition, for the topics of the epoch.")
    ] = None,
) -> None:
    """Feed history, and then whatever comes, into an epoch of its own, so that a new version folds it from the start.

    Makes the topics of the epoch. Goes on until it is stopped, also after the switch; started again, where it was. What
    it copies before it has caught up notifies nobody.
    """
    settings = load(kafka_bootstrap_servers=bootstrap, kafka_replication_factor=replication_factor, epoch=epoch)
    logs.configure(settings.log_format, "rebuild")
    asyncio.run(feed(settings, Telling))


class Telling:
    """A bar until it has caught up, and then one line."""

    def __init__(self, caught_up: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=caught_up)
        self._task = self._bar.add_task("")
        self._said = caught_up

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, fed: Fed) -> None:
        if self._said:
            return
        waits = " (as fast as the tracker folds)" if fed.unfolded > AHEAD else ""
        self._bar.update(self._task, completed=fed.done, total=fed.whole, description=f"copying history{waits}")
        if fed.caught_up:
            self._said = True
            self._bar.stop()
            log.info("caught up", records=fed.done)
