"""The timeline: one line for each receipt, with what it means and what it did."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from clearance.contracts.codes import Meaning
from clearance.events.receipts.facts import Fact
from clearance.events.values.particulars import Particular

Effect = Literal["moved", "noted", "opened", "out_of_order", "after_end", "kept", "unknown"]
"""What a receipt did: moved the declaration to another stage; opened an obligation; was noted without moving anything;
came at a time when it could not move it (out_of_order, after_end); is known to say nothing of it; is not known."""


FILE_NAME = "file name"
"""The precision of a time that only the name of a file tells."""


class Entry(Struct, frozen=True, gc=False):
    """One line of the timeline. `clock` says whose time `at` is: the authority's, the import client's that named the
    file, or ours. `late`: received after a later one had been."""

    at: datetime
    clock: Literal["authority", "client", "received"]
    authority_time: str
    precision: str
    received_at: datetime
    receipt_id: str
    system: str
    code: str
    status: str
    effect: Effect
    zh: str
    en: str
    text: str
    format: str
    message_id: str
    late: bool
    particulars: tuple[Particular, ...] = ()
    particulars_cut: bool = False
    text_cut: bool = False


class Taken(Struct, frozen=True, gc=False):
    """A receipt as it was folded: at which time, what its code meant there (None if unknown), and what it did. The line
    of the timeline is made of it when it is asked for, which the fold itself seldom does."""

    fact: Fact
    at: datetime
    meaning: Meaning | None
    effect: str
    late: bool


def entry_of(taken: Taken) -> Entry:
    """The line of a receipt."""
    fact, meaning = taken.fact, taken.meaning
    receipt = fact.receipt
    return Entry(
        at=taken.at,
        clock="authority" if receipt.occurred_at else "client" if fact.stated_at else "received",
        authority_time=receipt.authority_time,
        precision=FILE_NAME if fact.stated_at else receipt.precision,
        received_at=fact.received_at,
        receipt_id=receipt.receipt_id,
        system=receipt.system,
        code=receipt.code,
        status=meaning.status if meaning else "",
        effect=taken.effect,  # type: ignore[arg-type]
        zh=meaning.row.zh if meaning else "未知代码",
        en=meaning.row.en if meaning else "unknown code",
        text=receipt.text,
        format=receipt.format,
        message_id=fact.message_id,
        late=taken.late,
        particulars=receipt.particulars,
        particulars_cut=receipt.particulars_cut,
        text_cut=receipt.text_cut,
    )
