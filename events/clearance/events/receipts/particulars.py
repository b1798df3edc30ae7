"""Particulars within their bounds: what is absurd is shortened and marked, never refused."""

from collections.abc import Iterable, Iterator
from itertools import accumulate, islice, takewhile
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from clearance.events.receipts.parts import MAX_DETAIL, MAX_TEXT
from clearance.events.values.particulars import Particular

MOST, MOST_BYTES = 100, 16 << 10
"""Particulars of one receipt, and their bytes as JSON."""
SHOWN_OF_ACCOUNT = 4
TEXTS = frozenset({"text", "value"})


def bounded(stated: Iterable[Particular]) -> tuple[tuple[Particular, ...], bool]:
    """The first 100 and the first 16 KiB, with strings cut, and whether anything was left out."""
    listed = list(islice(stated, MOST + 1))
    short = [_short(each) for each in listed[:MOST]]
    sizes = accumulate(size(each) for each in short)
    kept = tuple(each for each, so_far in takewhile(lambda pair: pair[1] <= MOST_BYTES, zip(short, sizes, strict=True)))
    return kept, len(kept) < len(listed) or short != listed[:MOST]


def size(particular: Particular) -> int:
    """Bytes as JSON."""
    return len(msgspec.json.encode(particular))


def masked(account: str) -> str:
    """An account number of which only the last four characters show; one so short that those are all shows none."""
    return "****" + (account[-SHOWN_OF_ACCOUNT:] if len(account) > SHOWN_OF_ACCOUNT else "")


def _short(each: Particular) -> Particular:
    if size(each) <= MAX_DETAIL:  # then no string of it is longer
        return each
    cut = dict(_cut(asdict(each)))
    return replace(each, **cut) if cut else each


def _cut(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        most = MAX_TEXT if name in TEXTS else MAX_DETAIL
        if isinstance(value, str) and len(value) > most:
            yield name, value[:most]
