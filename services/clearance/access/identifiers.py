"""Identifiers of organisations, `kind:value`. Which kinds there are stands in `identifiers.csv`."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from clearance.access.errors import AccessRefused
from clearance.contracts.tables import Row, index

GB32100 = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The digits of a unified social credit code: no I, O, S, V, Z."""


class IdentifierRow(Row):
    """One kind of identifier. `form` is a regular expression; `check` names how its check digit is reckoned."""

    kind: str
    form: str
    check: Literal["", "gb32100"] = ""
    title_zh: str
    title_en: str
    source: str = ""


@cache
def identifier_rows() -> dict[str, IdentifierRow]:
    """The table by kind. Raises `InvalidTable`."""
    path = Path(__file__).parent / "identifiers.csv"
    return index(path, ((row.kind, row) for row in IdentifierRow.read(path)))


def checked_identifier(text: str) -> tuple[str, str]:
    """(kind, value) of `kind:value`, codes in capitals. Raises `AccessRefused` saying what is wrong with it."""
    kind, _, given = text.strip().partition(":")
    row = identifier_rows().get(kind)
    if row is None:
        kinds = ", ".join(identifier_rows())
        raise AccessRefused(f"{text!r} is no identifier: write it as KIND:VALUE; kinds are {kinds}")
    value = given.strip() if kind == "connection" else given.strip().upper()
    if not re.fullmatch(row.form, value):
        raise AccessRefused(f"{given!r} is no {row.title_en} ({row.title_zh}): its form is {row.form}")
    if row.check and not CHECKS[row.check](value):
        raise AccessRefused(f"{value} is no {row.title_en} ({row.title_zh}): its check digit is wrong; look for a typo")
    return kind, value


def check_digit(first: str) -> str:
    """The last digit of a unified social credit code, from the 17 before it (GB 32100-2015, modulus 31)."""
    weighed = sum(GB32100.index(digit) * pow(3, place, 31) for place, digit in enumerate(first))
    return GB32100[-weighed % 31]


CHECKS: dict[str, Callable[[str], bool]] = {"gb32100": lambda value: check_digit(value[:-1]) == value[-1]}
