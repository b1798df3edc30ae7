"""Of several records of a key the highest version counts, wherever it stands: a paused worker writes old ones late."""

from typing import Generic, Protocol, TypeVar

from clearance.events.log.readers_rule import Numbered, newer_state


class Versioned(Protocol):
    """What is kept of a record."""

    @property
    def version(self) -> Numbered: ...


Kept = TypeVar("Kept", bound=Versioned)


class Highest(Generic[Kept]):
    """`best` is what counts of each key; `stale` are keys whose last record is an old one."""

    def __init__(self) -> None:
        self.best: dict[bytes, Kept] = {}
        self.stale: set[bytes] = set()

    def take(self, key: bytes, given: Kept) -> None:
        """One record more, in the order of the log."""
        held = self.best.get(key)
        if held is not None and newer_state(given.version, held.version):
            self.stale.add(key)
            return
        self.best[key] = given
        self.stale.discard(key)
