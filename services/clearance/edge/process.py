"""The watched folder as a process: followed until a signal comes, also over a broker that is away for a while."""

import asyncio
import contextlib
import signal
from pathlib import Path

import structlog

from clearance.edge import shown
from clearance.edge.append import Edge, open_edge
from clearance.edge.journal import Journal
from clearance.edge.received import Watched
from clearance.edge.watch import Watch
from clearance.kafka.clients import silence
from clearance.kafka.ready import await_topics
from clearance.settings import Settings, needs_broker
from clearance.settings.logs import configure

PATIENCE_SECONDS = 300.0
"""For so long the broker may be away before the command gives up; the files stay where they are."""
LAST_SECONDS = 5.0
"""How long the broker may take to acknowledge what is on its way when a signal comes."""


async def follow_folder(watched: Watched, state: Path, settings: Settings) -> None:
    """Until SIGTERM or Ctrl-C. Raises `OSError` if folder or journal cannot be used, `BrokerError` if it stays away,
    `InvalidSetting` if metrics cannot be shown."""
    configure(settings.log_format, "edge")
    silence()
    await_topics(settings)
    bootstrap, board = needs_broker(settings), shown.shown_board(settings)
    log = structlog.get_logger()
    with contextlib.closing(Journal(state)) as journal:
        watch = Watch(watched, journal)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, watch.stop.set)
        log.info("watching", folder=str(watched.folder))
        async with open_edge(bootstrap, board, patience_seconds=PATIENCE_SECONDS) as edge:
            shown.show(board, edge)
            await _until_stopped(watch, edge)
        log.info("ended")


async def _until_stopped(watch: Watch, edge: Edge) -> None:
    """What is not acknowledged some seconds after the signal stays in the folder, and is taken the next time."""
    following, stopping = asyncio.create_task(watch.follow(edge)), asyncio.create_task(watch.stop.wait())
    await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait({following}, timeout=LAST_SECONDS)
    stopping.cancel()
    if following.done():
        return await following
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
    return None
