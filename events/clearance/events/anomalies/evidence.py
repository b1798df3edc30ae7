"""What an anomaly rests on: the lines of the timeline of its receipts, the one that set it off first."""

from collections.abc import Iterable

from clearance.events.standing.timeline import Entry, entry_of
from clearance.events.standing.track import Track


def among(entries: Iterable[Entry], receipts: tuple[str, ...]) -> tuple[Entry, ...]:
    """Of the lines of a timeline those of these receipts."""
    return tuple(entry for entry in entries if entry.receipt_id in receipts)


def evidence(track: Track, receipts: tuple[str, ...]) -> tuple[Entry, ...]:
    """The lines of these receipts on the timeline of a track."""
    return tuple(entry_of(taken) for taken in track.taken if taken.fact.receipt.receipt_id in receipts)


def note(lines: Iterable[Entry]) -> str:
    """What the authority wrote last, as it stands; "" if it wrote nothing."""
    written = [line.text for line in lines if line.text]
    return written[-1] if written else ""
