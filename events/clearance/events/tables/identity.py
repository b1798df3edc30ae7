"""Numbers and declaration ids. Declaration id = `authority:kind:value`; a number is `kind:value`."""

from functools import cache
from urllib.parse import quote

from clearance.contracts.numbers import NumberKind, number_kinds
from clearance.events.values.errors import InvalidMessage


@cache
def kind_of(authority: str, kind: str) -> NumberKind:
    """The row of a kind. Raises `KeyError` for one that the table does not hold."""
    return number_kinds()[authority, kind]


def role(authority: str, number: str) -> str:
    """primary, alias or search."""
    return kind_of(authority, number.partition(":")[0]).role


def checked(authority: str, kind: str, value: str) -> str:
    """The number `kind:value`. Raises `InvalidMessage` if it cannot be one of that kind."""
    row = kind_of(authority, kind)
    if not row.accepts(value):
        limit = f"at most {row.max_length} characters, no space"
        raise InvalidMessage(f"{row.zh} ({kind}) {value[:60]!r} is not one: {limit}")
    return f"{kind}:{value}"


def scoped(authority: str, kind: str, sender: str, value: str) -> str:
    """A number that is unique only within its sender: both written so that no two pairs look alike."""
    return checked(authority, kind, f"{_quoted(sender)}/{value.replace('%', '%25').replace(' ', '%20')}")


@cache
def _quoted(sender: str) -> str:
    return quote(sender, safe="")


def checked_id(declaration: str) -> str:
    """A declaration id that a person or another system wrote. Raises `InvalidMessage`."""
    authority, _, number = declaration.partition(":")
    kind, _, value = number.partition(":")
    row = number_kinds().get((authority, kind))
    if row is None or row.role == "search" or not value:
        raise InvalidMessage(f"{declaration[:60]!r} is no declaration id; one is written cn:unified:I20220000971587171")
    checked(authority, kind, value)
    return declaration


def rank(authority: str, number: str) -> tuple[int, str]:
    """The order in which numbers are preferred for filing a message."""
    return kind_of(authority, number.partition(":")[0]).order, number
