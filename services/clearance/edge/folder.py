"""Look into a folder that somebody else writes: which files are new, or other than they were, and finished.

A file is finished when two looks in succession see the same size and time. Only names are read at every look: what was
taken is looked at again once a minute, so that a folder of a hundred thousand files costs little.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from clearance.edge.journal import Signature

SUFFIX = ".xml"
RECHECK_SECONDS = 60.0
UNKNOWN = Signature(-1, -1)
"""Of a file that cannot even be looked at."""


class FinishedFile(NamedTuple):
    """A finished file. `since` is when it was first seen as it is [s, monotonic]."""

    name: str
    signature: Signature
    since: float


class Folder:
    """What is known of a folder; only of files that are in it now. `look` raises `OSError` if it cannot be listed."""

    def __init__(self, place: Path, taken: Callable[[str], Signature | None]) -> None:
        self.place = place
        self._asked = taken
        self._taken: dict[str, Signature] = {}
        self._waiting: dict[str, tuple[Signature, float]] = {}
        self._recheck_at = 0.0

    def look(self, now: float) -> list[FinishedFile]:
        """The finished files that were not taken as they are, the oldest first. `now` is monotonic [s]."""
        names = self.names()
        self._taken = {name: held for name, held in self._taken.items() if name in names}
        self._waiting = {name: held for name, held in self._waiting.items() if name in names}
        recheck = now >= self._recheck_at
        if recheck:
            self._recheck_at = now + RECHECK_SECONDS
        found = (self._finished(name, now) for name in names if recheck or name not in self._taken)
        return sorted((one for one in found if one is not None), key=lambda one: (one.signature.modified_ns, one.name))

    def names(self) -> set[str]:
        """The messages in it, by name. Folders, hidden files and other suffixes are none."""
        with os.scandir(self.place) as entries:
            return {one.name for one in entries if one.name[0] != "." and one.name.lower().endswith(SUFFIX)}

    def taken(self) -> list[tuple[str, Signature]]:
        """What was taken and is still there."""
        return list(self._taken.items())

    def __contains__(self, name: str) -> bool:
        """Whether it is there, by the last look; "." is the folder itself."""
        return name == "." or name in self._taken or name in self._waiting

    def take(self, name: str, signature: Signature) -> None:
        """It has been taken as this."""
        self._taken[name] = signature
        self._waiting.pop(name, None)

    def _finished(self, name: str, now: float) -> FinishedFile | None:
        try:
            signature = signature_of(self.place / name)
        except OSError:  # handed on, so that reading it tells why
            signature = UNKNOWN
        if signature is None:
            return None
        if name not in self._taken and (before := self._asked(name)) is not None:
            self._taken[name] = before
        if self._taken.get(name) == signature:
            return None
        held, since = self._waiting.get(name, (None, now))
        if held == signature:
            return FinishedFile(name, signature, since)
        self._waiting[name] = (signature, now)
        return None


def signature_of(path: Path) -> Signature | None:
    """None for what is no regular file, or is not there any more. Raises `OSError`."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Signature(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
