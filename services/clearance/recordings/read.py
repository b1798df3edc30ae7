"""Read messages from files: received ones as they lie in an InBox, and recordings.

A recording is a folder with the messages of a story in the order of their arrival:

    held-then-released/
        001-received.xml       the bytes exactly as the authority sent them
        001-received.json      sidecar: {"received_at": "2026-03-02T01:00:00Z", "organisation": "demo"}
        002-later.json         a sidecar without bytes: {"kind": "clock", "received_at": "…"}
        expected.json          what must come out

With sidecars, the order is that of the names. A message without one is taken to have come promptly, at the authority's
own time; one that states no time came at that in the name of its file, else with the message before it, or when its
file was made. A file that cannot be read becomes an arrival with a `refusal`, and the next file is read.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import merge
from pathlib import Path
from typing import NamedTuple

from clearance.events.partition.replay import Arrival
from clearance.events.receipts.formats import authority_of, parse
from clearance.events.values.errors import InvalidMessage
from clearance.recordings.sidecar import SIDECAR, Sidecar, UnreadableFile, read_bytes, read_sidecar
from clearance.settings.tables import default_tables

EXPECTED = "expected.json"
NO_MESSAGES = frozenset({SIDECAR, ".md", ".txt"})
"""Files that stand beside messages in a folder and are not read as such; named alone, any file is."""
UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)
"""When a file came that tells nothing, not even when it was made."""
FileEntry = tuple[Path, Path | None]
"""A file and its sidecar; a sidecar without bytes is both."""


class ArrivalFile(NamedTuple):
    """One file that is an arrival, and when that came. Its bytes are read again when it is its turn."""

    at: datetime
    path: Path
    sidecar: Path | None


def files_of(paths: Iterable[Path]) -> list[ArrivalFile]:
    """The files among `paths`, and in folders all below them, in the order of their times."""
    given = list(paths)
    loose: list[FileEntry] = [(path, None) for path in given if not path.is_dir()]
    folders = [_entries(folder) for path in given if path.is_dir() for folder in _folders(path)]
    return list(merge(*(_stream(entries) for entries in (loose, *folders)), key=lambda file: file.at))


def arrival_of_file(file: ArrivalFile, organisation: str, system: str = "") -> Arrival:
    """What a file holds; with a `refusal` where it cannot be read."""
    try:
        return _arrival(file, organisation, system)
    except UnreadableFile as error:
        return Arrival(name=shown_name(file.path), at=file.at, refusal=str(error))


def read_paths(paths: Iterable[Path], organisation: str, system: str = "") -> Iterator[Arrival]:
    """The arrivals of files, and of folders with all below them, in the order of their times."""
    return (arrival_of_file(file, organisation, system) for file in files_of(paths))


def read_recording(folder: Path, organisation: str = "") -> Iterator[Arrival]:
    """The arrivals of one recording."""
    return read_paths([folder], organisation)


def _folders(folder: Path) -> Iterator[Path]:
    """The folder and those below it, without hidden ones and without following links."""
    for place, below, _ in os.walk(folder):
        below[:] = sorted(name for name in below if name[0] != ".")
        yield Path(place)


def _entries(folder: Path) -> list[FileEntry]:
    """What stands in one folder, in the order of the names."""
    files = [path for path in folder.iterdir() if path.is_file() and path.name[0] != "." and path.name != EXPECTED]
    sidecars = {path.stem: path for path in files if path.suffix == SIDECAR}
    messages = [path for path in files if path.suffix not in NO_MESSAGES]
    alone = sidecars.keys() - {path.stem for path in messages}
    entries = [(path, sidecars.get(path.stem)) for path in messages]
    return sorted([*entries, *((sidecars[stem], sidecars[stem]) for stem in alone)])


def _stream(entries: list[FileEntry]) -> list[ArrivalFile]:
    """The files of one folder: with sidecars in the order of the names, without in the order of the times."""
    found: list[ArrivalFile] = []
    for path, sidecar in entries:
        before = found[-1].at if found else None
        try:
            found.append(ArrivalFile(_came(path, sidecar, before), path, sidecar))
        except UnreadableFile:
            found.append(ArrivalFile(before or _made(path), path, sidecar))
    if not any(sidecar for _, sidecar in entries):
        found.sort(key=lambda file: file.at)
    return found


def _came(path: Path, sidecar: Path | None, before: datetime | None) -> datetime:
    if sidecar and (stated := read_sidecar(sidecar).received_at):
        return stated
    return _prompt(path, read_bytes(path), before)


def _arrival(file: ArrivalFile, organisation: str, system: str) -> Arrival:
    path, sidecar = file.path, file.sidecar
    known = read_sidecar(sidecar) if sidecar else Sidecar(system=system)
    if sidecar == path and known.kind == "message":
        raise UnreadableFile("a sidecar of kind message, and no message stands beside it")
    if sidecar and sidecar != path and known.kind != "message":
        raise UnreadableFile(f"{sidecar.name}: kind: a message stands beside it, and a {known.kind} has none")
    return Arrival(
        name=shown_name(path),
        at=file.at,
        kind=known.kind,
        data=b"" if sidecar == path else read_bytes(path),
        authority=known.authority,
        organisation=known.organisation or organisation,
        system=known.system,
        backfill=known.backfill,
        hints=known.hints or default_tables().numbers_in_name(path.name),
        stated_at=known.stated_at or default_tables().time_in_name(path.name),
        conversation=known.conversation_id,
        declaration=known.declaration,
        statement=known.statement(),
    )


def _prompt(path: Path, data: bytes, before: datetime | None) -> datetime:
    """When a message without a sidecar is taken to have come."""
    try:
        receipts = parse(data, default_tables())
    except InvalidMessage:
        return before or _made(path)
    stated = [receipt.occurred_at for receipt in receipts if receipt.occurred_at]
    in_name = default_tables().authorities[authority_of(receipts[0])].time_in_name
    return max(stated, default=None) or (in_name and in_name(path.name)) or before or _made(path)


def _made(path: Path) -> datetime:
    """When a file was made, or last written."""
    try:
        return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except OSError:
        return UNKNOWN


def shown_name(path: Path) -> str:
    """The name as text that can be shown; a file name may hold any bytes."""
    return os.fsencode(path.name).decode("utf-8", "replace")
