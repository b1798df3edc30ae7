"""A line of goods, as a declaration gives it."""

from msgspec import Struct


class GoodsLine(Struct, frozen=True, gc=False):
    """One item of a declaration. Strings as they stand in the message, "" where it says nothing; numbers are decimal.

    `unit`, `currency`, `origin` and `destination` are codes of the authority's own lists; `value` is the total of the
    line.
    """

    item: str
    hs_code: str
    name: str
    quantity: str
    unit: str
    value: str
    currency: str
    origin: str
    destination: str
