"""Amounts of a notification: tax lines, and payment instructions.

A payment with a reference or a due date is an instruction: it is made to the bank account of the message. Other amounts
name the guarantee or deferment account from which they are taken, or none.
"""

import re
from collections.abc import Iterator, Mapping

from clearance.authorities.uk.moments import limit
from clearance.authorities.uk.pointers import text_of, whole
from clearance.events.receipts.particulars import masked
from clearance.events.receipts.xml import local
from clearance.events.tables.authority import Element
from clearance.events.values.particulars import Amount, Particular

INSTRUCTION = "ReferenceID", "DueDateTime"
"""What only a payment instruction has."""
STATED = "PaymentAmount", "TaxAssessedAmount"
"""What is to be paid comes before what was assessed."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
MOST_DIGITS = 16
"""Of an amount (n..16,3)."""


def of_fee(fee: Element, item: int | None, bank: str) -> Iterator[Particular | None]:
    """The amount of a DutyTaxFee, and the limit by which it is due; None marks what cannot be right."""
    for payment in fee.iterchildren("{*}Payment"):
        said = {local(child): child for child in payment}
        stated = next((said[name] for name in STATED if name in said), None)
        if stated is not None:
            type_code = text_of(next(fee.iterchildren("{*}TypeCode"), None))
            yield from _amount(type_code, stated, said, item, bank)
        if "DueDateTime" in said:
            yield from limit(said["DueDateTime"], "DueDateTime", text_of(said.get("ReferenceID")))


def of_goods(shipment: Element, bank: str) -> Iterator[Particular | None]:
    """The same of each DutyTaxFee below a goods item of the shipment."""
    for line in shipment.iterchildren("{*}GovernmentAgencyGoodsItem"):
        item = whole(text_of(next(line.iterchildren("{*}SequenceNumeric"), None)))
        for goods in line.iterchildren("{*}Commodity"):
            for fee in goods.iterchildren("{*}DutyTaxFee"):
                yield from of_fee(fee, item, bank)


def _amount(
    type_code: str, stated: Element, said: Mapping[str, Element], item: int | None, bank: str
) -> Iterator[Amount | None]:
    value = text_of(stated)
    is_number = NUMBER.fullmatch(value) is not None
    if not is_number or (len(value) > MOST_DIGITS and sum(map(str.isdigit, value)) > MOST_DIGITS):
        yield None
    if is_number:
        account = _account(said, bank)
        yield Amount(
            type=type_code,
            value=value,
            currency=stated.get("currencyID", ""),
            item=item,
            method=text_of(said.get("MethodCode")),
            reference=text_of(said.get("ReferenceID")),
            account=masked(account) if account else "",
        )


def _account(said: Mapping[str, Element], bank: str) -> str:
    guarantee = said.get("ObligationGuarantee")
    if guarantee is not None:
        return text_of(next(guarantee.iterchildren("{*}ReferenceID"), None))
    return bank if any(name in said for name in INSTRUCTION) else ""
