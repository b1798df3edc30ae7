"""Records of one partition in a file: each with its length before it, all of them compressed.

The surprise: a file says nothing of itself. What it must hold, to the byte, stands in the manifest.
"""

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

LENGTH = 4
PIECE = 1 << 20


class Kept(Struct, frozen=True, array_like=True):
    """One record as it lay in the log; `timestamp` is its time there [ms]."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @classmethod
    def of(cls, record: Any) -> "Kept":
        """A consumed record."""
        return cls(record.offset, record.timestamp, record.key, record.value, tuple(record.headers))


@contextmanager
def writing(path: Path) -> Iterator[Callable[[Iterable[Kept]], None]]:
    """A new file, to which records are given; it is on the disk when this ends."""
    encoder = msgspec.msgpack.Encoder()
    with path.open("xb") as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as packed:

            def add(records: Iterable[Kept]) -> None:
                for data in map(encoder.encode, records):
                    packed.write(len(data).to_bytes(LENGTH, "big") + data)

            yield add
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> Iterator[Kept]:
    """The records of a file whose digest is right."""
    with gzip.open(path, "rb") as packed:
        while length := packed.read(LENGTH):
            yield _KEPT.decode(packed.read(int.from_bytes(length, "big")))


def digest_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


_KEPT = msgspec.msgpack.Decoder(Kept)
