"""`clearance ingest --watch`: follow a folder until a signal comes, also over a broker that is away for a while."""

import asyncio
import contextlib
import signal
from pathlib import Path

import structlog

from clearance.cli.broker import silence_client
from clearance.edge.append import open_edge
from clearance.edge.journal import Journal
from clearance.edge.received import Watched
from clearance.edge.watch import Watch
from clearance.kafka.errors import BrokerError
from clearance.settings import load
from clearance.settings.clock import monotonic
from clearance.settings.logs import configure

PATIENCE_SECONDS = 300.0
"""For so long the broker may be away before the command gives up; the files stay where they are."""
RETRY_SECONDS = 5.0


async def follow(watched: Watched, state: Path, bootstrap: str) -> None:
    """Until SIGTERM or Ctrl-C. Raises `OSError` if folder or journal cannot be used, `BrokerError` if it stays away."""
    configure(load().log_format, "edge")
    silence_client()
    with contextlib.closing(Journal(state)) as journal:
        watch = Watch(watched, journal)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, watch.stop.set)
        await _while_it_can(watch, bootstrap)


async def _while_it_can(watch: Watch, bootstrap: str) -> None:
    log, failing_since = structlog.get_logger(), 0.0
    log.info("watching", folder=str(watch.watched.folder))
    while not watch.stop.is_set():
        begun = monotonic()
        try:
            async with open_edge(bootstrap) as edge:
                await watch.follow(edge)
        except BrokerError as error:
            now = monotonic()
            if not failing_since or now - begun > PATIENCE_SECONDS:
                failing_since = now
            elif now - failing_since > PATIENCE_SECONDS:
                raise
            log.warning("the broker is away; files stay where they are", reason=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(watch.stop.wait(), RETRY_SECONDS)
    log.info("ended")
