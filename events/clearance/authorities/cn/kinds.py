"""The Chinese kinds of number, for the codecs: `numbers.csv` beside this."""

from pathlib import Path

from clearance.contracts.numbers import load_number_kinds
from clearance.events.tables import numbers

KINDS = load_number_kinds(Path(__file__).with_name("numbers.csv"))


def checked(kind: str, value: str) -> str:
    """The number `kind:value`. Raises `InvalidMessage` if it cannot be one of that kind."""
    return numbers.checked(KINDS, kind, value)


def scoped(kind: str, sender: str, value: str) -> str:
    """A number that is unique only within its sender. Raises `InvalidMessage`."""
    return numbers.scoped(KINDS, kind, sender, value)
