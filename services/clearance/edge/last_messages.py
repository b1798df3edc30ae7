"""How long nothing has come, by connection and authority: silence has no other sign than a clock."""

from clearance.metrics import Labels
from clearance.settings.clock import monotonic

CONNECTIONS = 100
"""So many have a series of their own; the rest are one. A sidecar may name any organisation."""
OTHER = "other"


class LastMessages:
    """When the last message of each connection came, appended or refused."""

    def __init__(self) -> None:
        self._connections: set[str] = set()
        self._at: dict[Labels, float] = {}

    def came(self, connection: str, authority: str) -> None:
        """One came just now; `authority` is "" where nobody knows it."""
        if connection not in self._connections:
            if len(self._connections) >= CONNECTIONS:
                connection = OTHER
            self._connections.add(connection)
        self._at[connection, authority or "none"] = monotonic()

    def ages(self) -> dict[Labels, float]:
        """Seconds since then."""
        now = monotonic()
        return {labels: now - at for labels, at in list(self._at.items())}
