"""What a scrape asks of the broker or the database: in a thread of its own, since an answer may never come.

The surprise: a question that hangs is not asked again beside itself. It goes on, and each scrape waits a little for it.
"""

from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

from clearance.settings.clock import monotonic

WAIT_SECONDS = 1.0
"""How long a scrape waits: two that hang, one after the other, leave it below the three seconds of a health check."""
HOLDS_SECONDS = 0.5
"""For so long an answer serves all that one scrape wants to know."""
Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """Asked by calling it: the answer, or None where there is none in time. `wait_seconds` is how long that is."""

    def __init__(self, ask: Callable[[], Answer], wait_seconds: float = WAIT_SECONDS) -> None:
        self._ask, self._wait_seconds = ask, wait_seconds
        self._lock = Lock()
        self._thread: Thread | None = None
        self._answer: Answer | None = None
        self._asked_at = float("-inf")

    def __call__(self) -> Answer | None:
        with self._lock:
            if monotonic() - self._asked_at >= HOLDS_SECONDS:
                self._answer = self._look()
                self._asked_at = monotonic()
            return self._answer

    def _look(self) -> Answer | None:
        if self._thread is None or not self._thread.is_alive():
            self._found: list[Answer] = []
            self._thread = Thread(target=self._into, args=(self._found,), daemon=True, name="question of a scrape")
            self._thread.start()
        self._thread.join(self._wait_seconds)
        return self._found[0] if self._found else None

    def _into(self, found: list[Answer]) -> None:
        try:
            found.append(self._ask())
        except Exception:  # noqa: BLE001 # whatever it is, there is no answer
            return
