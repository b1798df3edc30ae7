"""How long to go on trying while the store or the broker is away: a while, then the process ends and says so."""

from clearance.settings.clock import monotonic

AWAY_SECONDS = 30.0


class Away(Exception):
    """Store or broker stayed away. The text is one line: what is wrong and what to do."""


class Patience:
    """Failures that follow each other within `AWAY_SECONDS` are one time of being away."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._last = 0.0

    def worked(self) -> None:
        self._since = None

    def failed(self, reason: str, error: Exception) -> None:
        """Raises `Away`, with the reason, when it has been too long."""
        now = monotonic()
        if self._since is None or now - self._last > AWAY_SECONDS:
            self._since = now
        self._last = now
        if now - self._since >= AWAY_SECONDS:
            raise Away(f"for {now - self._since:.0f} s: {reason}") from error
