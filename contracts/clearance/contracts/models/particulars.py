"""Particulars of a receipt on the wire: what somebody must act on. Strings as they stand in the message, empty where it
says nothing."""

from typing import Annotated, Literal

from pydantic import Field

from clearance.contracts.models.base import UtcTime, Wire

Text = Annotated[str, Field(max_length=4000)]
Word = Annotated[str, Field(max_length=255)]
Item = int | None


class Fault(Wire):
    """What is wrong with the message that was answered."""

    kind: Literal["error"]
    """An error."""
    code: Word
    """The code of the error, by the authority's own list."""
    text: Text
    """The authority's own words."""
    pointer: Word
    """The path to what is wrong, as the authority writes it."""
    item: Item
    """The number of the line of goods that it leads through; null if none."""
    field: Word
    """The field at its end."""


class Amount(Wire):
    """What is to be paid, or was assessed."""

    kind: Literal["amount"]
    """An amount."""
    type: Word
    """The kind of tax, by the authority's own list."""
    value: Text
    """How much, decimal."""
    currency: Word
    """Code of the currency."""
    item: Item
    """The number of its line of goods; null for the whole."""
    method: Word
    """Code of the way of payment."""
    reference: Word
    """The reference of the payment."""
    account: Word
    """The account, of which only the last four characters show."""


class Limit(Wire):
    """Until when something is to be done."""

    kind: Literal["limit"]
    """A limit."""
    at: UtcTime
    """Until when."""
    for_: Annotated[Word, Field(alias="for")]
    """What is to be done by then."""
    reference: Word = ""
    """The reference of the payment that is due by then; empty where the limit is for all that the receipt asks."""


class Question(Wire):
    """What an officer asks."""

    kind: Literal["question"]
    """A question."""
    text: Text
    """In the officer's words."""
    item: Item = None
    """The number of the line of goods that it is about; null or absent if none is named."""


class Place(Wire):
    """Where: of an inspection, of the goods."""

    kind: Literal["place"]
    """A place."""
    text: Text
    """Its name or address."""


class Contact(Wire):
    """Whom to ask."""

    kind: Literal["contact"]
    """A contact."""
    text: Text
    """Name, telephone, address."""


class Decision(Wire):
    """What was decided."""

    kind: Literal["decision"]
    """A decision."""
    code: Word
    """Its code, by the authority's own list; empty if it has none."""
    text: Text
    """The authority's own words."""


class Change(Wire):
    """A value that the authority corrected, or wants corrected."""

    kind: Literal["change"]
    """A change."""
    pointer: Word
    """The path to the value, as the authority writes it."""
    item: Item
    """The number of its line of goods; null if none."""
    field: Word
    """The field."""
    value: Text
    """The value that it is to have."""


Particular = Annotated[
    Fault | Amount | Limit | Question | Place | Contact | Decision | Change, Field(discriminator="kind")
]
Particulars = Annotated[tuple[Particular, ...], Field(max_length=100)]
