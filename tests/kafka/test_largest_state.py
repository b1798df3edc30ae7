"""A state fits its topic, also with the most and the longest receipts that are held."""

from datetime import UTC, datetime, timedelta

import msgspec

from clearance.contracts import topic
from clearance.events.receipts.facts import Fact, Facts, with_receipts
from clearance.events.receipts.particulars import bounded
from clearance.events.standing.fold import fold
from clearance.events.standing.view import view
from clearance.events.step.declaration import Declaration
from clearance.events.values.particulars import Fault
from clearance.events.values.receipt import Receipt
from clearance.kafka.names import BASE
from clearance.kafka.wire import status_record
from clearance.settings.tables import default_tables

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
TABLES = default_tables()
WIDE = "\N{CJK UNIFIED IDEOGRAPH-20000}"
"""Four bytes in UTF-8."""


def longest(number: int) -> Fact:
    """A receipt of the longest text and details, the most particulars, and fifty containers."""
    told, _ = bounded(Fault("C" * 255, WIDE * 40) for _ in range(200))
    receipt = Receipt(
        system="cn-channel",
        code="C",
        receipt_id=f"{number:080}",
        occurred_at=AT + timedelta(seconds=number),
        numbers=tuple(f"container:{number:04}{each:036}" for each in range(50)),
        format="DEC_RESULT",
        text=WIDE * 4000,
        details={str(each): WIDE * 255 for each in range(15)},
        particulars=told,
    )
    return Fact(receipt, AT, f"{number:064}")


def test_a_state_of_the_longest_receipts_fits_its_topic() -> None:
    receipts, _ = with_receipts({}, map(longest, range(600)))
    state = Declaration("cn:unified:E20260000000000001", Facts(receipts), track=fold(receipts.values(), TABLES))
    value = status_record(state, TABLES).value
    assert value is not None
    assert len(value) < topic(BASE.status).max_message_bytes // 2


def test_particulars_and_long_texts_of_one_declaration_stay_within_their_bound() -> None:
    receipts, _ = with_receipts({}, map(longest, range(600)))
    shown = view(Facts(receipts), TABLES).timeline
    told = sum(len(msgspec.json.encode(entry.particulars)) for entry in shown if entry.particulars)
    long = sum(len(entry.text[255:].encode()) for entry in shown)
    assert 100 << 10 < told + long <= 256 << 10
    assert sum(entry.particulars_cut and entry.text_cut for entry in shown) > 480
