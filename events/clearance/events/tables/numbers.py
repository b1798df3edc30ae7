"""Numbers and declaration ids. Declaration id = `authority:kind:value`; a number is `kind:value`."""

from collections.abc import Mapping
from functools import cache
from urllib.parse import quote, unquote

from clearance.contracts.numbers import NumberKind
from clearance.events.values.errors import InvalidMessage

Kinds = Mapping[str, NumberKind]
"""The kinds of number of one authority, by name."""


def checked(kinds: Kinds, kind: str, value: str) -> str:
    """The number `kind:value`. Raises `InvalidMessage` if it cannot be one of that kind."""
    row = kinds[kind]
    if not row.accepts(value):
        limit = f"at most {row.max_length} characters, no space"
        raise InvalidMessage(f"{row.zh} ({kind}) {value[:60]!r} is not one: {limit}")
    return f"{kind}:{value}"


def scoped(kinds: Kinds, kind: str, sender: str, value: str) -> str:
    """A number that is unique only within its sender: both written so that no two pairs look alike."""
    return checked(kinds, kind, f"{_quoted(sender)}/{value.replace('%', '%25').replace(' ', '%20')}")


WITHIN = "sender-"
"""How the kind of a number begins that is unique only within its sender; the rest is the kind without it."""


def unscoped(number: str) -> str:
    """A number without its sender, as a person knows it; "" if it has none."""
    kind, _, value = number.partition(":")
    return f"{kind.removeprefix(WITHIN)}:{unquote(value.partition('/')[2])}" if kind.startswith(WITHIN) else ""


@cache
def _quoted(sender: str) -> str:
    return quote(sender, safe="")


class Numbers:
    """The kinds of number of all authorities. `example` is a declaration id, for whoever wrote none; `reusable` is how
    the ids of aliases begin that may lead to several primaries."""

    def __init__(self, kinds: Mapping[str, Kinds], example: str) -> None:
        self.of = kinds
        self.example = example
        self.reusable = tuple(
            f"{authority}:{row.kind}:"
            for authority, rows in kinds.items()
            for row in rows.values()
            if row.reusable and row.role == "alias"
        )

    def kind(self, authority: str, kind: str) -> NumberKind | None:
        """The row of a kind; None for one that no authority has."""
        return self.of[authority].get(kind) if authority in self.of else None

    def role(self, authority: str, number: str) -> str:
        """primary, alias or search."""
        return self.of[authority][number.partition(":")[0]].role

    def rank(self, authority: str, number: str) -> tuple[int, str]:
        """The order in which numbers are preferred for filing a message."""
        return self.of[authority][number.partition(":")[0]].order, number

    def checked(self, authority: str, kind: str, value: str) -> str:
        """The number `kind:value`. Raises `InvalidMessage` if it cannot be one of that kind."""
        return checked(self.of[authority], kind, value)

    def checked_id(self, declaration: str) -> str:
        """A declaration id that a person or another system wrote. Raises `InvalidMessage`."""
        authority, _, number = declaration.partition(":")
        kind, _, value = number.partition(":")
        row = self.kind(authority, kind)
        if row is None or row.role == "search" or not value:
            raise InvalidMessage(f"{declaration[:60]!r} is no declaration id; one is written {self.example}")
        self.checked(authority, kind, value)
        return declaration
