"""What is known of an arrival beside its bytes: a small JSON file of the same name."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from clearance.events.receipts.facts import Statement, StatementKind
from clearance.events.receipts.parts import conversation_id
from clearance.events.receipts.xml import MAX_BYTES
from clearance.events.values.times import bounded
from clearance.settings.tables import default_tables


def _bounded(time: datetime) -> datetime:
    return bounded(time, str(time))


Time = Annotated[AwareDatetime, AfterValidator(_bounded)]
ConversationId = Annotated[str, AfterValidator(conversation_id)]


SIDECAR = ".json"
"""How its name ends."""


class UnreadableFile(ValueError):
    """A file cannot be read; the text says why."""


class CommandSidecar(BaseModel):
    """A user's statement in a recording."""

    model_config = ConfigDict(extra="forbid")
    command_id: str
    kind: StatementKind
    body: dict[str, str] = {}
    by: str = ""


class Sidecar(BaseModel):
    """The whole of it. Without `received_at` a message is taken to have come promptly."""

    model_config = ConfigDict(extra="forbid")
    received_at: Time | None = None
    kind: Literal["message", "command", "clock", "backfill-end"] = "message"
    authority: str = ""
    organisation: str = ""
    system: str = ""
    backfill: str = ""
    hints: tuple[str, ...] = ()
    stated_at: Time | None = Field(default=None, description="the time in the name of the file, where that was another")
    conversation_id: ConversationId = Field(default="", description="the exchange with the authority in which it came")
    declaration: str = Field(default="", description="of a command: the declaration it is about")
    command: CommandSidecar | None = None
    note: str = ""

    def statement(self) -> Statement | None:
        """The user's statement, if this is a command."""
        if self.command is None or self.received_at is None:
            return None
        command = self.command
        return Statement(
            command_id=command.command_id,
            kind=command.kind,
            issued_at=self.received_at,
            organisation=self.organisation,
            body=command.body,
            by=command.by,
        )


def read_sidecar(path: Path) -> Sidecar:
    """Raises `UnreadableFile`."""
    try:
        known = Sidecar.model_validate_json(read_bytes(path))
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnreadableFile(f"{path.name}: {where or 'sidecar'}: {first['msg']}") from error
    if known.authority not in (names := ["", *default_tables().authorities]):
        listed = f"{', '.join(map(repr, names[:-1]))} or {names[-1]!r}"
        raise UnreadableFile(f"{path.name}: authority: Input should be {listed}")
    if known.kind != "message" and known.received_at is None:
        raise UnreadableFile(f"{path.name}: received_at: a {known.kind} needs the time at which it came")
    if (known.kind == "command") != (known.command is not None):
        raise UnreadableFile(f"{path.name}: command: stands where, and only where, the kind is command")
    return known


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file that is not too large to be a message. Raises `UnreadableFile`."""
    try:
        if not path.is_file():
            raise UnreadableFile("it is no regular file")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise UnreadableFile(f"the file has {size:,} bytes; at most {MAX_BYTES:,} are taken")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"it cannot be read: {error.strerror or error}") from error
