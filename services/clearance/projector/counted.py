"""Counts over the whole store, beside the writing: started by a scrape, on a connection of their own.

At twenty million declarations a count takes ten seconds. The surprise: a scrape does not wait for that, but shows the
count before, and how old it is.
"""

from collections.abc import Callable
from threading import Lock, Thread

from clearance.settings.clock import monotonic
from clearance.store.totals import Totals

EVERY_SECONDS = 3.0
"""Between two counts at least; longer if counting takes more than a twentieth of the time."""
SHARE = 20
WAIT_SECONDS = 0.5
"""How long a scrape waits for a count: that of a small store is done by then."""


class Counted:
    """`count` counts. What it raises is an age that grows: the writing meets the same store, and says what is wrong."""

    def __init__(self, count: Callable[[], Totals]) -> None:
        self._count = count
        self._lock = Lock()
        self._thread: Thread | None = None
        self._next = monotonic()
        self.totals: Totals | None = None
        self.counted_at: float | None = None

    def look(self) -> None:
        """Count again if it is time to, and wait a little for it."""
        with self._lock:
            if (self._thread is None or not self._thread.is_alive()) and monotonic() >= self._next:
                self._thread = Thread(target=self._again, daemon=True, name="count of the store")
                self._thread.start()
                self._thread.join(WAIT_SECONDS)

    def _again(self) -> None:
        begun = monotonic()
        try:
            self.totals = self._count()
            self.counted_at = begun
        finally:
            self._next = monotonic() + max(EVERY_SECONDS, SHARE * (monotonic() - begun))
