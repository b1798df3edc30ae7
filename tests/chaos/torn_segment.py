"""A batch in the files of a broker, torn as by a disk and mended as from a copy.

Kafka sends what lies in its files as it is; only when it starts after a power cut does it look at checksums.
"""

from pathlib import Path

HEAD = 12
"""Bytes of a batch before its length counts: the offset of its first record, and the length."""
FROM_ITS_END = 3
"""A byte of the last record."""


class Torn(Exception):
    """There is no such batch."""


def flip(folder: Path, topic: str, partition: int, offset: int) -> None:
    """Turn a byte of the batch that begins at this offset; once more turns it back. Raises `Torn`."""
    for segment in sorted((folder / "data" / f"{topic}-{partition}").glob("*.log"), reverse=True):
        if (end := _end_of(segment.read_bytes(), offset)) is not None:
            with segment.open("r+b") as file:
                file.seek(end - FROM_ITS_END)
                byte = file.read(1)[0]
                file.seek(end - FROM_ITS_END)
                file.write(bytes([byte ^ 0xFF]))
            return
    raise Torn(f"no batch of {topic}:{partition} begins at {offset}")


def _end_of(data: bytes, offset: int) -> int | None:
    """Where the batch ends in a segment."""
    at = 0
    while at + HEAD <= len(data):
        end = at + HEAD + int.from_bytes(data[at + 8 : at + HEAD], "big")
        if int.from_bytes(data[at : at + 8], "big") == offset:
            return end
        at = end
    return None
