"""A receipt: one statement of an authority, reduced to what the fold needs. Codecs make it, all else reads it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from clearance.events.values.goods import GoodsLine
from clearance.events.values.particulars import Particular

Precision = Literal["centisecond", "second", "minute", "day", "none"]
About = Literal["", "declaration", "first_version", "any_message"]
"""What a receipt itself shows of the message that it answers. declaration: it speaks of the declaration as such, by its
code. first_version: of version 1 of it. any_message: it names no version, so that it may answer any message about it.
"": nothing."""


class Receipt(Struct, frozen=True, gc=False):
    """One statement of an authority about one declaration.

    `occurred_at` is the authority's clock, aware UTC, or None where the message states no time; `authority_time` is
    its own string. `numbers` are `kind:value`. `details` hold what the message says of the goods and the parties:
    strings by field name (`docs/glossary.md`). `text` is at most 4,000 characters, `text_cut` if there were more.
    `reference` is what the sender called the message that this one answers, "" where the authority does not say.
    `particulars_cut`: more stands in the message than is held, or what is held cannot be right.
    """

    system: str
    code: str
    receipt_id: str
    occurred_at: datetime | None
    numbers: tuple[str, ...]
    format: str
    text: str = ""
    qualifier: str = ""
    authority_time: str = ""
    precision: Precision = "second"
    details: dict[str, str] = {}
    reference: str = ""
    about: About = ""
    goods: tuple[GoodsLine, ...] = ()
    particulars: tuple[Particular, ...] = ()
    particulars_cut: bool = False
    text_cut: bool = False

    @property
    def says(self) -> tuple[str, str, str]:
        """What the code tables are asked: system, code, qualifier."""
        return self.system, self.code, self.qualifier
