"""Notices as a process: the store of the current epoch is followed, and what is due is sent, until a signal."""

import asyncio
import signal
from contextlib import closing
from datetime import timedelta
from functools import partial

import uvloop
from sqlalchemy import Engine

from clearance.access.database import opened
from clearance.api.looking import look_after
from clearance.api.server import current_log, follow_epochs, open_current
from clearance.api.stores import Stores
from clearance.events.anomalies.precision import Least
from clearance.metrics import Board
from clearance.metrics.declared import NOTICES, PROCESS
from clearance.metrics.serving import serve
from clearance.notices.notifier import AT_ONCE, Notifier
from clearance.notices.posting import Posting
from clearance.notices.sending import Sender
from clearance.settings import Settings, needs_broker
from clearance.settings.watchdog import watch
from clearance.store.connect import open_store

HANGS_SECONDS = 30.0
"""How long the event loop may not turn before the process ends, so that a supervisor starts it again."""
CONNECTIONS = 4
"""To the store: one to collect by, two of the tail when it begins, one for a switch of epochs."""


def notify(settings: Settings) -> None:
    """Tell recipients until SIGTERM or SIGINT. Raises `InvalidSetting`, `StoreError`, `BrokerError` if it cannot
    begin."""
    needs_broker(settings)
    opening = partial(open_store, settings.database_url, connections=CONNECTIONS, read_only=True)
    stores = Stores(open_current(settings, current_log(settings), opening), opening)
    board = Board((*PROCESS, *NOTICES))
    look_after(board, stores)
    with opened(settings, AT_ONCE + 2) as access, closing(Posting(settings)) as posting:
        serve(board, settings.metrics_host, settings.notices_metrics_port, "CLEARANCE_NOTICES_METRICS_PORT")
        uvloop.run(_notify(settings, stores, access, posting, board))


async def _notify(settings: Settings, stores: Stores, access: Engine, posting: Posting, board: Board) -> None:
    hours = timedelta(hours=settings.notices_try_hours)
    least = Least(settings.notices_least_precision, settings.notices_judged_after)
    sender = Sender(access, posting.send, board, hours, settings.notices_api_url)
    notifier = Notifier(
        stores=stores,
        access=access,
        sender=sender,
        board=board,
        kept=timedelta(days=settings.notices_kept_days),
        least=least,
    )
    board.at_scrape("clearance_last_success_timestamp_seconds", notifier.last_success)
    following = asyncio.create_task(follow_epochs(stores, settings.kafka_bootstrap_servers))
    watch(asyncio.get_running_loop(), HANGS_SECONDS)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await notifier.run(stop)
    finally:
        following.cancel()
