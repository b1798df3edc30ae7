"""Particulars as they are answered: as on the wire, and what codes of errors and pointers mean beside them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import Field

from clearance.api.words import Words
from clearance.contracts.models import particulars as wire
from clearance.events.tables.named_codes import way
from clearance.events.values import particulars as values


class Fault(wire.Fault):
    """What is wrong with the message that was answered."""

    words: str
    """What the code means, in the language asked for; empty if no source says."""
    where: str
    """The way that the pointer leads, in words; a step that no source names is as it stands."""


class Change(wire.Change):
    """A value that the authority corrected, or wants corrected."""

    where: str
    """The way that the pointer leads, in words; a step that no source names is as it stands."""


Particular = Annotated[
    Fault | wire.Amount | wire.Limit | wire.Question | wire.Place | wire.Contact | wire.Decision | Change,
    Field(discriminator="kind"),
]
Particulars = Annotated[tuple[Particular, ...], Field(max_length=100)]


def in_words(each: values.Particular, authority: str, words: Words) -> Any:
    """One particular as its fields by name, with the words beside them; the model of the answer checks them."""
    said: dict[str, Any] = msgspec.to_builtins(each, builtin_types=(datetime,))
    if isinstance(each, values.Fault):
        said["words"] = words.known("error", f"{authority}:{each.code}")
    if isinstance(each, values.Fault | values.Change):
        said["where"] = way(each.pointer, each.name, lambda step: words.known("pointer", f"{authority}:{step}"))
    return said
