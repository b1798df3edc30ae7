"""Where each record of a backup comes to lie. Pure.

Of the log and of events the place is what positions, cursors and words of people speak of, so it is the same as before:
where a record was purged, or cannot be read, something lies in its place that says nothing. Elsewhere only the order
counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from clearance.archive.record_files import Kept
from clearance.backup.manifest import Part
from clearance.backup.owned import How
from clearance.kafka.wire import Outgoing

Lying = tuple[int, Outgoing]
"""An offset, and the record that lies there."""
HOLE = Outgoing(None, None, [("hole", b"1")], 0)


def laid_out(part: Part, how: How, records: Iterable[Kept], ids: Mapping[str, str]) -> Iterator[Lying]:
    """Every record that the partition gets, with its place, from 0 on. `ids` are those of the new cluster and of its
    topics, by those of before."""
    if how == "places":
        yield from _at_their_places(part, records)
        return
    for at, record in enumerate(records):
        yield at, _moved(record, ids) if how == "progress" else _outgoing(record)


def _at_their_places(part: Part, records: Iterable[Kept]) -> Iterator[Lying]:
    at = 0
    for record in records:
        yield from ((hole, HOLE) for hole in range(at, record.offset))
        yield record.offset, _outgoing(record)
        at = record.offset + 1
    yield from ((hole, HOLE) for hole in range(at, part.end))


def _outgoing(record: Kept) -> Outgoing:
    return Outgoing(record.key, record.value, list(record.headers), record.timestamp)  # type: ignore[arg-type]


def _moved(record: Kept, ids: Mapping[str, str]) -> Outgoing:
    """Progress of the same log on its new cluster. What it names that is not there any more stays strange."""
    told: dict[str, Any] = msgspec.json.decode(record.value or b"")
    told["cluster_id"] = ids.get(told["cluster_id"], told["cluster_id"])
    told["topic_id"] = ids.get(told["topic_id"], told["topic_id"])
    told["topic_ids"] = {name: ids.get(one, one) for name, one in told.get("topic_ids", {}).items()}
    return Outgoing(record.key, msgspec.json.encode(told), list(record.headers), record.timestamp)  # type: ignore[arg-type]


def is_same(record: Any, wanted: Outgoing) -> bool:
    """Whether a consumed record is this one."""
    return bool(
        (record.key, record.value, [*record.headers], record.timestamp)
        == (wanted.key, wanted.value, wanted.headers, wanted.timestamp)
    )
