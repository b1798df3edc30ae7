"""Particulars of a receipt: what somebody must act on, in the order of the document, one each, also when they repeat.

Strings as they stand in the message, "" where it says nothing; amounts and quantities are decimal.
"""

from datetime import datetime

from msgspec import Struct, field


class Fault(Struct, frozen=True, gc=False, tag_field="kind", tag="error"):
    """What is wrong with the message that was answered. `pointer` is the path to it as the authority writes it, `item`
    the number of the line of goods that it leads through, `name` the field at its end."""

    code: str
    text: str = ""
    pointer: str = ""
    item: int | None = None
    name: str = field(name="field", default="")


class Amount(Struct, frozen=True, gc=False, tag_field="kind", tag="amount"):
    """What is to be paid, or was assessed. `reference` is that of the payment; of an account only the last four
    characters are kept."""

    type: str
    value: str
    currency: str = ""
    item: int | None = None
    method: str = ""
    reference: str = ""
    account: str = ""


class Limit(Struct, frozen=True, gc=False, tag_field="kind", tag="limit"):
    """Until when something is to be done: `at`, aware UTC, `purpose` in the words of the authority's field.
    `reference` is that of the payment which is due by then, "" where the limit is for all that the receipt asks."""

    at: datetime
    purpose: str = field(name="for", default="")
    reference: str = ""


class Question(Struct, frozen=True, gc=False, tag_field="kind", tag="question", omit_defaults=True):
    """What an officer asks; `item` is the number of the line of goods that it is about, left out if none is named."""

    text: str
    item: int | None = None


class Place(Struct, frozen=True, gc=False, tag_field="kind", tag="place"):
    """Where: of an inspection, of the goods."""

    text: str


class Contact(Struct, frozen=True, gc=False, tag_field="kind", tag="contact"):
    """Whom to ask."""

    text: str


class Decision(Struct, frozen=True, gc=False, tag_field="kind", tag="decision"):
    """What was decided, by a code of the authority and in its words."""

    code: str
    text: str = ""


class Change(Struct, frozen=True, gc=False, tag_field="kind", tag="change"):
    """A value that the authority corrected, or wants corrected."""

    pointer: str = ""
    item: int | None = None
    name: str = field(name="field", default="")
    value: str = ""


Particular = Fault | Amount | Limit | Question | Place | Contact | Decision | Change
