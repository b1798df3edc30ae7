"""Particulars within their bounds: what is absurd is shortened and marked, never refused."""

from collections.abc import Iterable, Iterator
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
    kept: list[Particular] = []
    so_far, cut = 0, False
    for each in stated:
        length = size(each)
        if length > MAX_DETAIL:  # else no string of it is longer
            short = _short(each)
            each, length, cut = short, size(short), cut or short is not each
        so_far += length
        if len(kept) == MOST or so_far > MOST_BYTES:
            return tuple(kept), True
        kept.append(each)
    return tuple(kept), cut


def size(particular: Particular) -> int:
    """Bytes as JSON."""
    return len(msgspec.json.encode(particular))


def masked(account: str) -> str:
    """An account number of which only the last four characters show; one so short that those are all shows none."""
    return "****" + (account[-SHOWN_OF_ACCOUNT:] if len(account) > SHOWN_OF_ACCOUNT else "")


def _short(each: Particular) -> Particular:
    cut = dict(_cut(asdict(each)))
    return replace(each, **cut) if cut else each


def _cut(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        most = MAX_TEXT if name in TEXTS else MAX_DETAIL
        if isinstance(value, str) and len(value) > most:
            yield name, value[:most]
