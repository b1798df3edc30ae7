"""How long the store keeps what is over, and how large SQLite's log of writes (WAL) may become."""

from datetime import timedelta

import structlog

from clearance.metrics import Board
from clearance.settings import PREFIX, InvalidSetting, Settings
from clearance.settings.clock import monotonic, utc_now
from clearance.store.purging import AT_ONCE
from clearance.store.size import shorten_wal
from clearance.store.writes import Writer

log = structlog.get_logger()
LOOK_SECONDS = 600.0
"""Between two looks for what is over for so long, when nothing was left at the last one."""
WAL_SECONDS = 60.0
"""Between two looks at the WAL."""


def keep_of(settings: Settings) -> timedelta | None:
    """How long; None for ever. Raises `InvalidSetting` for less than registrations are kept."""
    days, registered = settings.store_keep_days, settings.access_registration_days
    if 0 < days <= registered:
        raise InvalidSetting(
            f"{PREFIX}STORE_KEEP_DAYS: {days} is not more than {PREFIX}ACCESS_REGISTRATION_DAYS ({registered}): a "
            "declaration that left the store would seem never to have come to whoever has registered it"
        )
    return timedelta(days=days) if days else None


class Keeping:
    """Called between batches. Raises `StoreError`."""

    def __init__(self, keep: timedelta | None, board: Board) -> None:
        self._keep, self._board = keep, board
        self._purge_at = self._wal_at = monotonic()
        board.add("clearance_declarations_purged_total", by=0)

    def work(self, writer: Writer) -> None:
        """What is due."""
        now = monotonic()
        if self._keep is not None and now >= self._purge_at:
            gone = writer.purge(utc_now() - self._keep, utc_now())
            self._board.add("clearance_declarations_purged_total", by=gone)
            self._purge_at = now if gone >= AT_ONCE else now + LOOK_SECONDS
        if now >= self._wal_at:
            shorten_wal(writer.engine)
            self._wal_at = now + WAL_SECONDS
