"""The files of a tracker's indexes, one for each partition that it has owned.

Trackers that share a folder each take a part of it, by the lock of a file that the kernel takes back. A file is trusted
if it is of the same topic, folded with the same tables by the same step, and written since this machine was started:
what a machine that lost its power had not yet written is missing from it, and nothing tells.
"""

import fcntl
import os
from itertools import count
from pathlib import Path

from clearance.events.log.progress import STEP_VERSION
from clearance.events.tables.tables import Tables
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity
from clearance.settings import PREFIX, InvalidSetting
from clearance.tracker.disk_index import DiskIndex

FORMAT = 1
"""Rises with every change of what an entry means."""
BOOT = Path("/proc/sys/kernel/random/boot_id")


class IndexFolder:
    """`folder` is empty where nothing is to be kept after the process. Raises `InvalidSetting`."""

    def __init__(self, folder: str) -> None:
        self._part = _part_of(Path(folder)) if folder and BOOT.exists() else None
        self._open: dict[int, DiskIndex] = {}

    def index(self, names: Names, number: int, identity: Identity, tables: Tables) -> DiskIndex:
        """That of a partition, as it was kept; one that was open is closed. Raises `IndexBroken`."""
        if (before := self._open.pop(number, None)) is not None:
            before.close()
        path = "" if self._part is None else str(self._part / f"{names.status}-{number}.db")
        index = self._open[number] = DiskIndex(path, _of(names, identity, tables))
        return index


def _of(names: Names, identity: Identity, tables: Tables) -> str:
    boot = BOOT.read_text(encoding="ascii").strip() if BOOT.exists() else ""
    topic = f"{identity.cluster_id}/{identity.topic_ids[names.status]}"
    return f"{FORMAT} {topic} step {STEP_VERSION} tables {tables.version} boot {boot}"


def _part_of(folder: Path) -> Path:
    """The first that no other process has; the lock lasts as long as this one does."""
    for number in count():
        part = folder / str(number)
        try:
            part.mkdir(parents=True, exist_ok=True)
            file = os.open(part / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise InvalidSetting(f"{PREFIX}TRACKER_INDEX_FOLDER: {part} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        return part
    raise AssertionError("count() does not end")
