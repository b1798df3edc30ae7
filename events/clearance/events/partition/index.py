"""Where the record of each state lies in `declaration-status`, by declaration id.

An entry says of a state that has left memory where it is to be fetched from. States in memory have entries too, so that
what starts again knows which of them it needs. The tracker keeps its index on disk; here it is a dictionary.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """The record of a state: the last position that was folded into it, its offset, and whether the state is over."""

    src: int
    place: int
    over: bool


class Index(Protocol):
    """Entries by declaration id; how many there are is its length."""

    def find(self, names: Iterable[str]) -> dict[str, Entry]:
        """Those of these names that have one."""

    def enter(self, entries: Mapping[str, Entry]) -> None:
        """What is older than what is held does not count: a lower `src`, or of the same `src` a lower offset."""

    def keep(self, read_to: int) -> None:
        """What was entered says all that the topic held below this offset: an index that outlives its process keeps
        both together."""

    def __len__(self) -> int: ...


class MemoryIndex:
    """An index that ends with its process."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def find(self, names: Iterable[str]) -> dict[str, Entry]:
        return {name: held for name in names if (held := self._entries.get(name)) is not None}

    def enter(self, entries: Mapping[str, Entry]) -> None:
        for name, entry in entries.items():
            if counts(entry, self._entries.get(name)):
                self._entries[name] = entry

    def keep(self, read_to: int) -> None:
        return

    def __len__(self) -> int:
        return len(self._entries)


def counts(given: Entry, held: Entry | None) -> bool:
    """Whether an entry takes the place of the one that is held."""
    return held is None or given[:2] >= held[:2]
