"""The value of `declaration-inputs-dlq`: an input that was set aside, with all that is needed to send it again."""

import base64
import hashlib
from typing import Annotated, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator

from clearance.contracts.models.base import Count, Sha256, UtcTime, Wire

KEPT = 4096
"""Bytes that are kept of an input that is too large to be kept whole."""

BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
Base64 = Annotated[str, Field(pattern=BASE64)]


class Header(Wire):
    """One header of the original record, as it was; a name may stand several times."""

    name: str
    """Its name."""
    value: Base64 | None
    """Its bytes in base64; null for a header without a value."""


OF_EPOCH_0, OF_A_LATER_ONE = r"^[a-z][a-z-]*$", r"^[a-z][a-z-]*\.e[1-9][0-9]*$"
Topic = Annotated[
    str,
    Field(pattern=f"{OF_EPOCH_0}|{OF_A_LATER_ONE}"),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": pattern} for pattern in (OF_EPOCH_0, OF_A_LATER_ONE)]}),
]


class DeadLetter(Wire):
    """An input that cannot be folded, why, and where it lies."""

    reason: Annotated[str, Field(min_length=1)]
    """What is wrong and what to do about it, for a person."""
    stage: Literal["edge", "tracker", "operator"]
    """Who set it aside: the edge before it was appended, the tracker while folding, a person by `clearance dlq add`."""
    at: UtcTime
    """When the input was received; sending it again keeps this time."""
    topic: Topic
    """The topic that it was in, or was meant for; that of a later epoch ends in its number."""
    partition: Count | None
    """Its partition; null if it was never appended."""
    offset: Count | None
    """Its offset; null if it was never appended."""
    size: Count
    """Length of the original value [bytes]."""
    sha256: Sha256
    """sha256 of the whole original value; the message id."""
    truncated: bool
    """Whether `data` holds only the first 4096 bytes; the edge then keeps the file aside."""
    data: Base64
    """The original value in base64, whole or its beginning."""
    headers: tuple[Header, ...]
    """The headers of the original record, in their order."""

    @property
    def original(self) -> bytes:
        """The bytes that are kept of the original value."""
        return base64.b64decode(self.data)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.partition is None) != (self.offset is None):
            raise ValueError("partition and offset are both given or both null")
        if self.partition is None and self.stage != "edge":
            raise ValueError("only the edge sets aside what was never appended")
        kept = self.original
        if self.truncated and not len(kept) == KEPT < self.size:
            raise ValueError(f"a truncated input keeps the first {KEPT} bytes of more")
        if not self.truncated and len(kept) != self.size:
            raise ValueError(f"size is {self.size}, but data holds {len(kept)} bytes")
        if not self.truncated and hashlib.sha256(kept).hexdigest() != self.sha256:
            raise ValueError("sha256 is not that of the data")
        return self
