"""What is fuzzed: one target per codec. A message is refused with `InvalidMessage`, or its receipts keep their word."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from clearance.events.receipts.formats import authority_of
from clearance.events.receipts.particulars import bounded
from clearance.events.receipts.routing import Child, route
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

CORPUS = Path(__file__).parent / "corpus"
CODECS = (
    "amendment",
    "amendment-response",
    "declaration",
    "delivered",
    "envelope",
    "generation-a",
    "generation-b",
    "import-response",
    "notification",
    "smart-card",
)
HINTS = {"smart-card": ("cop-msg:FUZZ0001",)}
"""As from the name of a file: this message names no declaration of its own."""
COMMENT = b"<!---->"
"""Behind the root it says nothing, and keeps a message from being read without a parser."""
FIRST, END = datetime(1999, 12, 31, tzinfo=UTC), datetime(2100, 1, 2, tzinfo=UTC)
"""This century in the authority's own zone."""
MAX_REASON, MAX_TEXT, MAX_CODE = 400, 4000, 20


def target(codec: str, data: bytes) -> bool:
    """Whether the message was taken. Raises whatever is a bug."""
    hints = HINTS.get(codec, ())
    found, behind = _read(data, hints), _read(data + COMMENT, hints)
    if isinstance(found, str):
        assert found.strip(), "refused without a reason"
        assert len(found) < MAX_REASON, f"a reason of {len(found)} characters"
        assert isinstance(behind, str), "refused, but taken with a comment behind it"
        return False
    assert found, "taken, but of no declaration"
    for child in found:
        authority, _, number = child.declaration.partition(":")
        assert child.receipts, "a child without receipts"
        for receipt in child.receipts:
            check(receipt, authority)
            assert number in receipt.numbers, "filed under a number that it does not carry"
    assert _read(data, hints) == found, "read twice, and differently"
    assert not isinstance(behind, str), f"taken, but refused with a comment behind it: {behind}"
    assert behind == found, "a comment behind the root changes what is read"
    return True


def _read(data: bytes, hints: tuple[str, ...]) -> list[Child] | str:
    """The children, or the reason of the refusal."""
    try:
        return route(data, default_tables(), sender="fuzz", hints=hints)
    except InvalidMessage as error:
        return error.reason


def check(receipt: Receipt, authority: str) -> None:
    """What holds of every receipt. Raises `AssertionError`."""
    assert authority_of(receipt) == authority
    assert receipt.code, "no code"
    assert len(receipt.code) <= MAX_CODE, "a code that is none"
    assert receipt.receipt_id, "no receipt id"
    assert len(receipt.receipt_id) <= 80, "an endless receipt id"
    for text in (receipt.text, receipt.authority_time, receipt.qualifier, *receipt.details.values()):
        assert len(text) <= MAX_TEXT, f"a text of {len(text)} characters"
    assert bounded(receipt.particulars) == (receipt.particulars, False), "particulars beyond their bounds"
    for number in receipt.numbers:
        kind, colon, value = number.partition(":")
        assert colon, f"{number!r} has no kind"
        row = default_tables().numbers.kind(authority, kind)
        assert row is not None, f"{number!r} is of no kind"
        assert row.accepts(value), f"{number!r} is no {kind}"
        assert value, f"{kind} is empty"
    assert len(set(receipt.numbers)) == len(receipt.numbers), "a number stands twice"
    time = receipt.occurred_at
    assert (time is None) == (receipt.precision == "none"), "time and precision disagree"
    assert time is None or (time.tzinfo is UTC and FIRST <= time < END), f"occurred at {time}"
    assert msgspec.json.decode(msgspec.json.encode(receipt), type=Receipt) == receipt, "does not survive JSON"


def seeds(codec: str) -> list[bytes]:
    """The committed corpus of a codec, in the order of the file names."""
    return [path.read_bytes() for path in sorted((CORPUS / codec).iterdir())]
