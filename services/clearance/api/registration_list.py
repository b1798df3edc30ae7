"""`GET /v1/registrations`: what an organisation has registered, and where each stands as far as it may see.

The surprise: a page of those that wait may be short or empty while there is a next one, since an answer looks at a
bounded number of registrations.
"""

from collections.abc import Iterator

from clearance.access import registrations
from clearance.access.registrations import Kind, Registration
from clearance.api import batch_lookup
from clearance.api.registered import AWAITING
from clearance.api.request import Asked
from clearance.store.rows import Stored

LOOKS = 8
"""Portions that one answer looks through."""
Row = tuple[Registration, str]
"""One, and the status of its declaration: "" if its number is that of several."""


def rows(
    ask: Asked, marks: list[tuple[Kind, str]], after: str, limit: int, awaiting: bool
) -> tuple[list[Row], str | None]:
    """A page, and behind which id the next one begins. `awaiting`: only those of which nothing is seen."""
    made: list[Row] = []
    portion = max(limit + 1, batch_lookup.AT_ONCE) if awaiting else limit + 1
    for _ in range(LOOKS):
        found = registrations.those(ask.access, ask.organisation, marks, after, portion)
        for one, status in _with_status(ask, found):
            if status == AWAITING or not awaiting:
                if len(made) == limit:
                    return made, after
                made.append((one, status))
            after = one.declaration
        if len(found) < portion:
            return made, None
    return made, after


def _with_status(ask: Asked, found: list[Registration]) -> Iterator[Row]:
    with ask.reading() as reader:
        seen = batch_lookup.each(reader, [one.declaration for one in found], ask.words)
    for one in found:
        row = seen[one.declaration]
        yield one, row.status if isinstance(row, Stored) else AWAITING if row.slug == "unknown-number" else ""
