"""Receipts made by hand, with whatever particulars, told to one declaration without a message."""

from datetime import timedelta

from tests.helpers.arrivals import IMPORT, MONDAY, MRN
from tests.helpers.told import Told

from clearance.events.log.inputs import FactsInput
from clearance.events.receipts.facts import Fact
from clearance.events.receipts.formats import authority_of
from clearance.events.values.particulars import Particular
from clearance.events.values.receipt import Receipt

NOW = timedelta()


def stated(
    code: str,
    after: timedelta = NOW,
    *particulars: Particular,
    qualifier: str = "",
    text: str = "",
    name: str = "",
    system: str = "uk-dms",
) -> Fact:
    """A receipt issued `after` Monday morning, and received then."""
    at = MONDAY + after
    receipt = Receipt(
        system=system,
        code=code,
        qualifier=qualifier,
        receipt_id=name or f"{code}-{after.total_seconds():.0f}",
        occurred_at=at,
        numbers=(f"mrn:{MRN}",) if system == "uk-dms" else (f"unified:{IMPORT}",),
        format=system,
        text=text,
        particulars=particulars,
    )
    return Fact(receipt, at, "0" * 64)


class Stated(Told):
    """A replay of such receipts, in the order in which they are given, each received not before the one before it."""

    def __init__(self, *facts: Fact, until: timedelta | None = None) -> None:
        super().__init__()
        for fact in facts:
            self.tell(fact)
        if until is not None:
            self.pass_time(MONDAY + until)

    def tell(self, fact: Fact) -> None:
        self.pass_time(fact.received_at)
        name = f"{authority_of(fact.receipt)}:{fact.receipt.numbers[0]}"
        self._append(name, FactsInput(at=fact.received_at, receipts=(fact,)))
