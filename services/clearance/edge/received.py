"""One file of a watched folder: read as it was found, kept aside if it is too large, moved away once it is taken."""

import errno
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from clearance.edge.folder import FinishedFile, signature_of
from clearance.edge.journal import JournalLine, Signature
from clearance.edge.letters import TooLarge, too_large_file
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.formats import parse
from clearance.events.receipts.xml import MAX_BYTES
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.times import rfc3339
from clearance.recordings.read import shown_name
from clearance.recordings.sidecar import SIDECAR, read_sidecar
from clearance.settings.tables import default_tables


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A folder, and what is done with its files. `done`: where taken ones are moved; None leaves them."""

    folder: Path
    aside: Path
    done: Path | None = None
    organisation: str = "self"
    system: str = ""
    every_seconds: float = 2.0
    patience_seconds: float = 60.0
    """For so long a file that cannot be filed may still become one that can."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was read. `content` tells its bytes, and what its name says of them, apart from all others."""

    found: FinishedFile
    content: str
    given: Arrival | TooLarge

    def line(self, result: str) -> JournalLine:
        """What the journal will say of it."""
        return JournalLine(self.found.name, self.found.signature, self.content, result)


def read_received(found: FinishedFile, watched: Watched, at: datetime) -> Received | None:
    """The file as it was found; None if it has changed since. Raises `OSError` and `Unreadable`."""
    path = watched.folder / found.name
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if signature_of(path) != found.signature:
        return None
    numbers, stated_at = default_tables().numbers_in_name(found.name), default_tables().time_in_name(found.name)
    sidecar = path.with_suffix(SIDECAR)
    arrival = Arrival(
        name=shown_name(path),
        at=at,
        data=data,
        organisation=watched.organisation,
        system=watched.system,
        hints=numbers,
        stated_at=stated_at,
        conversation=read_sidecar(sidecar).conversation_id if sidecar.exists() else "",
    )
    if len(data) <= MAX_BYTES:
        return Received(found, _content(sha256(data).hexdigest(), arrival), arrival)
    large = keep_aside(path, arrival, watched.aside)
    return Received(found, _content(large.sha256, arrival), large) if signature_of(path) == found.signature else None


def _content(digest: str, arrival: Arrival) -> str:
    """What is told apart: bytes, the number in the name, its stamp where the message states no time of its own, and the
    conversation."""
    stamp = rfc3339(arrival.stated_at) if arrival.stated_at and _untimed(arrival.data) else ""
    return " ".join(filter(None, (digest, *arrival.hints, stamp, arrival.conversation)))


def _untimed(data: bytes) -> bool:
    try:
        return any(receipt.occurred_at is None for receipt in parse(data, default_tables()))
    except InvalidMessage:
        return False


def keep_aside(path: Path, arrival: Arrival, aside: Path) -> TooLarge:
    """A copy of a file that is too large, under its hash. Raises `OSError` and `Unreadable`."""
    aside.mkdir(parents=True, exist_ok=True)
    large = too_large_file(path, arrival)
    kept = aside / f"{large.sha256}{path.suffix}"
    if not kept.exists():
        unfinished = kept.with_suffix(".part")
        shutil.copyfile(path, unfinished)
        unfinished.replace(kept)
    return replace(large, kept=str(kept.absolute()))


def move_away(path: Path, signature: Signature, done: Path) -> None:
    """Move a taken file, unless it has become another one; to the same file system. Raises `OSError`.

    Nothing in `done` is written over. One that was replaced at the very moment goes back and is taken again.
    """
    if signature_of(path) != signature:
        return
    target, copies = done / path.name, 1
    while target.exists():
        copies += 1
        target = done / f"{path.stem}.{copies}{path.suffix}"
    path.rename(target)
    if signature_of(target) != signature:
        if path.exists():
            raise FileExistsError(errno.EEXIST, f"it was replaced twice meanwhile: move {target} back by hand")
        target.rename(path)
    elif (sidecar := path.with_suffix(SIDECAR)).exists():
        sidecar.rename(target.with_suffix(SIDECAR))
