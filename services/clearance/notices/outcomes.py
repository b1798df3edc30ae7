"""What became of an attempt to send a message."""

from typing import Literal, NamedTuple


class Outcome(NamedTuple):
    """`again`: it has surely not gone out, and may later; `refused`: nor will it ever; `uncertain`: it may have.
    `reason` is for a person, and holds no secret."""

    result: Literal["sent", "again", "refused", "uncertain"]
    reason: str = ""


SENT = Outcome("sent")
