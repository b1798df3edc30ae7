"""The manifest of a backup: what it holds of what, in which form, and the digest of each file.

It is written last, and the folder gets its name after that: what has a manifest is whole, or was altered since.
"""

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from clearance.archive.record_files import digest_of
from clearance.backup.errors import BackupRefused
from clearance.backup.owned import partitions_of, versions
from clearance.kafka.names import FIRST, BaseLog

FORM = "clearance-backup-1"
FILE = "manifest.json"
ACCESS = "access.jsonl"


class Part(Struct, frozen=True):
    """A partition in the backup: `first` and `end` are its first offset and the one after its last."""

    topic: str
    partition: int
    first: int
    end: int
    records: int
    sha256: str

    @property
    def file(self) -> str:
        return file_of(self.topic, self.partition)


class Manifest(Struct, frozen=True):
    """`clearance` is the version that wrote it, `versions` the forms of what it holds; `topic_ids` those of the cluster
    that it is of. `moved` is the base log, if it was ever moved. `access` is the digest of what is kept of access, in
    `rows` rows."""

    form: str
    clearance: str
    made_at: datetime
    cluster_id: str
    topic_ids: Mapping[str, str]
    with_log: bool
    epochs: tuple[int, ...]
    versions: Mapping[str, int]
    rows: int
    access: str
    parts: tuple[Part, ...]
    moved: BaseLog | None = None

    @property
    def base(self) -> BaseLog:
        """The base log of all epochs."""
        return self.moved or FIRST

    @property
    def records(self) -> int:
        """All of them."""
        return sum(part.records for part in self.parts)


def file_of(topic: str, partition: int) -> str:
    """The file of a partition, below the folder of the backup."""
    return f"{topic}-{partition}.gz"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """On the disk when this returns."""
    with (folder / FILE).open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """That of a backup which this version can restore. Raises `BackupRefused`."""
    path = folder / FILE
    if not path.is_file():
        raise BackupRefused(f"{folder} has no {FILE}: name the folder that `clearance backup` has made")
    data = path.read_bytes()
    try:
        form = msgspec.json.decode(data, type=dict[str, object]).get("form")
        if form != FORM:
            raise BackupRefused(f"{path} is of the form {form}, and this version restores {FORM}: {_other(data)}")
        manifest = _MANIFEST.decode(data)
    except msgspec.DecodeError as error:
        raise BackupRefused(f"{path} is torn or altered ({error}): take another copy of the backup") from error
    if other := {name: held for name, held in manifest.versions.items() if versions().get(name) != held}:
        name, held = min(other.items())
        raise BackupRefused(f"{path} holds {name} in version {held}, here it is {versions().get(name)}: {_other(data)}")
    return manifest


def _other(data: bytes) -> str:
    written = msgspec.json.decode(data, type=dict[str, object]).get("clearance", "that wrote it")
    return f"restore with clearance {written}, here is {version('clearance')}, and upgrade then"


def check(folder: Path, manifest: Manifest) -> None:
    """Whether every file is there to the byte, before anything is written anywhere. Raises `BackupRefused`."""
    digests = {part.file: part.sha256 for part in manifest.parts} | {ACCESS: manifest.access}
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file():
            raise BackupRefused(f"{path} is missing: nothing was restored; take another copy of the backup")
        if digest_of(path) != digest:
            raise BackupRefused(f"{path} is torn or altered: nothing was restored; take another copy of the backup")
    for topic, count in Counter(part.topic for part in manifest.parts).items():
        if count != (known := partitions_of(topic, manifest.base)):
            raise BackupRefused(
                f"{folder} holds {topic} in {count} partitions, and here it has {known}: restore with "
                f"clearance {manifest.clearance}, and upgrade then"
            )


_MANIFEST = msgspec.json.Decoder(Manifest)
