"""Dead letters of the edge: what arrived and cannot be filed, kept so that it can be sent again.

What is too large to be an input is kept as its first 4 KiB with size and hash; the rest is wherever it came from.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from clearance.contracts.models.dead_letter import KEPT
from clearance.edge.intake import unfiled
from clearance.events.log.input_records import InputRecord
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.xml import MAX_BYTES
from clearance.events.tables.tables import Tables
from clearance.kafka.wire import Outgoing, dead_letter_record
from clearance.recordings.sidecar import UnreadableFile

PIECE = 1 << 20
"""How much of a large file is read at once [bytes]."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """What is larger than an input may be. `beginning` is an arrival that holds the first 4 KiB of it.

    `kept` says where the whole of it lies, if it was a file.
    """

    beginning: Arrival
    size: int
    sha256: str
    kept: str = ""

    @property
    def reason(self) -> str:
        where = f"; the whole of it is kept as {self.kept}" if self.kept else ""
        return f"it has {self.size:,} bytes; at most {MAX_BYTES:,} are taken{where}"


def too_large(arrival: Arrival) -> TooLarge | None:
    """What arrived, if it is too large to be an input."""
    data = arrival.data
    if len(data) <= MAX_BYTES:
        return None
    return TooLarge(replace(arrival, data=data[:KEPT]), len(data), sha256(data).hexdigest())


def is_too_large(path: Path) -> bool:
    """Whether a file is larger than an input may be."""
    return path.is_file() and path.stat().st_size > MAX_BYTES


def too_large_file(path: Path, arrival: Arrival) -> TooLarge:
    """The same of a file that was not read; it is read here in pieces. Raises `UnreadableFile`."""
    digest, size, beginning = sha256(), 0, b""
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                beginning = beginning or piece[:KEPT]
                size += len(piece)
                digest.update(piece)
    except OSError as error:
        raise UnreadableFile(f"it cannot be read: {error.strerror or error}") from error
    if size <= MAX_BYTES:
        raise UnreadableFile("it became smaller while it was read")
    return TooLarge(replace(arrival, data=beginning, refusal=""), size, digest.hexdigest(), str(path.absolute()))


def dead_letter(given: Arrival | TooLarge, reason: str, tables: Tables) -> tuple[str, Outgoing]:
    """The key of the dead letter, "" without one, and the record."""
    if isinstance(given, Arrival):
        record, whole, arrival = unfiled(given, tables), None, given
    else:
        record, whole, arrival = _beginning(given, tables), (given.size, given.sha256), given.beginning
    named = f"{arrival.name}: {reason}" if arrival.name else reason
    return record.key, dead_letter_record(record, named, "edge", at=arrival.at, whole=whole)


def _beginning(large: TooLarge, tables: Tables) -> InputRecord:
    record, digest = unfiled(large.beginning, tables), large.sha256.encode()
    headers = ((name, digest if name == "message-id" else value) for name, value in record.headers)
    return InputRecord(record.key, record.value, tuple(headers))
