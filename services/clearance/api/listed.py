"""Rows of lists in JSON, each made once for a version, a language, a table of expectations and whether it is stale.

The models stay the contract: they make the bytes, and a test compares whole pages with them.
"""

from collections.abc import Hashable

import msgspec

from clearance.api.answers import in_list
from clearance.api.words import Words
from clearance.events.learning.expectations import Expectations
from clearance.store.rows import Stored

MOST = 20_000
"""Rows in memory, of about a kilobyte; when there are more, all are made anew."""

CLOSED_BY_HAND = b'"closes":true'
"""In a record of which different viewers are shown different rows; of all others there is one for all."""


class Listed:
    """The rows made by this process. From viewer to viewer differs which they see, and of some what is wrong."""

    def __init__(self) -> None:
        self._made: dict[Hashable, bytes] = {}

    def row(self, row: Stored, words: Words, organisation: str, table: Expectations | None, stale: bool) -> bytes:
        """The hash of the record stands for a store that was emptied and numbers its versions anew."""
        whose = organisation if CLOSED_BY_HAND in row.record else ""
        learned = table.version if table else 0
        version = (row.epoch, row.id, row.src, row.applied_at, hash(row.record), words.language, whose, learned, stale)
        held = self._made.get(version)
        if held is None:
            if len(self._made) >= MOST:
                self._made.clear()
            made = in_list(row, words, whose, table, stale)
            held = self._made[version] = made.model_dump_json(by_alias=True).encode()
        return held


def page(rows: list[bytes], address: str | None) -> bytes:
    """As `models.Declarations` has it."""
    return b'{"declarations":[%b],"next":%b}' % (b",".join(rows), msgspec.json.encode(address))
