"""`/v1/declarations/{number}/messages`: what came, as it came. The store says where a message lies, the log gives it.

The surprise: whatever the bytes are, a browser saves them and runs nothing of them.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from fastapi import Depends, Request, Response

from clearance.api import links, lookup, models, parameters
from clearance.api.page import page
from clearance.api.position import BEHIND, reached
from clearance.api.problems import Problem, documented
from clearance.api.questions import question
from clearance.api.registered import seen_or_registered
from clearance.api.request import Ask, Asked
from clearance.api.stores import Stores
from clearance.events.log.input_records import InputRecord
from clearance.kafka.errors import BrokerError
from clearance.kafka.places import Place
from clearance.operations.message_reading import MessagePurged, original, place_of, spoken_of
from clearance.settings import InvalidSetting, Settings, needs_broker
from clearance.store.rows import Filed
from clearance.store.viewer import EVERYBODY

router = page("declarations")
MOST = 1000
"""Messages in one list."""
MEDIA_TYPE = "application/xml"
"""Whatever is filed was read as XML, and states its encoding itself."""
SAVED = {"Content-Security-Policy": "sandbox"}
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes as they came.", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}
NOT_GIVEN = (
    "several-declarations",
    "unknown-number",
    "unknown-message",
    "message-of-others",
    "message-purged",
    "message-unreachable",
)
ReadOriginal = Callable[[Place, str], Awaitable[InputRecord]]
"""The record of a message at a place, by its message-id. Raises `BrokerError` and `MessagePurged`."""


def from_the_log(settings: Settings, stores: Stores) -> ReadOriginal:
    """Reads each from the cluster of the log, by a reader of its own, else from the archive: it is rare."""

    async def read(place: Place, message_id: str) -> InputRecord:
        try:
            bootstrap = stores.current.address or needs_broker(settings)
        except InvalidSetting as error:
            raise BrokerError(str(error)) from error
        return await original(bootstrap, place, message_id, settings.archive_folder)

    return read


@router.get(
    "/v1/declarations/{number}/messages",
    dependencies=[Depends(reached)],
    summary="The messages that speak of it",
    response_model=models.Messages,
    responses=documented("several-declarations", "unknown-number", *BEHIND),
)
@question("list")
def messages(number: parameters.Number, ask: Ask) -> Any:
    """The first copy of each message, in the order of reception, also of those that came under its other numbers.

    A message may be listed a moment later than what it did is shown.
    """
    row, is_seen = seen_or_registered(ask, number)
    with ask.reading() as reader:
        found = reader.messages(row.id, MOST + 1) if is_seen else []
    ask.about(row.id, row.partition)
    return shown(row.id, found, ask.epoch)


@router.get(
    "/v1/declarations/{number}/messages/{message_id}",
    summary="A message as it came",
    response_class=Response,
    responses={**BYTES, **documented(*NOT_GIVEN)},
)
async def message(number: parameters.Number, message_id: parameters.MessageId, ask: Ask, request: Request) -> Any:
    """The bytes of a message, read from the log: nothing of them is changed, and a browser saves them as a file.

    They are given to whoever may see every declaration that the message speaks of.
    """
    filed = await ask.run("cheap", partial(_filed, ask, number, message_id))
    read: ReadOriginal = request.app.state.read_original
    try:
        record = await read(place_of(filed, ask.epoch), message_id)
    except BrokerError as error:
        raise Problem("message-unreachable", message_id=message_id) from error
    except MessagePurged as error:
        raise Problem("message-purged", message_id=message_id) from error
    if ask.viewer != EVERYBODY:
        await ask.run("cheap", partial(_check_sight, ask, record, message_id))
    saved = {"Content-Disposition": f'attachment; filename="{message_id}.xml"'}
    return Response(
        record.value, media_type=MEDIA_TYPE, headers={**SAVED, **saved, "Content-Language": ask.words.language}
    )


def _filed(ask: Asked, number: str, message_id: str) -> Filed:
    """Where the message of a declaration lies. Raises `Problem`."""
    with ask.reading() as reader:
        row = lookup.the_one(reader, number, ask.words)
        filed = reader.message(row.id, message_id)
    ask.about(row.id, row.partition)
    if filed is None:
        raise Problem("unknown-message", number=number, message_id=message_id)
    return filed


def _check_sight(ask: Asked, record: InputRecord, message_id: str) -> None:
    """Raises `Problem` if the message speaks of a declaration that the viewer does not see. It is read for that, since
    the store may not know yet of all that it is filed under."""
    about = spoken_of(record)
    with ask.reading() as reader:
        seen = {row.id for row in reader.declarations(about)}
    if not seen.issuperset(about):
        raise Problem("message-of-others", message_id=message_id)


def shown(declaration: str, found: list[Filed], epoch: int) -> models.Messages:
    """The list of a declaration, of one more than it shows at most."""
    return models.Messages(
        id=declaration,
        complete=len(found) <= MOST,
        messages=[_listed(declaration, one, epoch) for one in found[:MOST]],
        links={"self": links.to_messages(declaration), "declaration": links.to_declaration(declaration)},
    )


def _listed(declaration: str, filed: Filed, epoch: int) -> models.MessageRow:
    return models.MessageRow(
        message_id=filed.message_id,
        format=filed.format,
        size=filed.size,
        received_at=filed.received_at,
        organisation=filed.organisation,
        filed_under=filed.declaration,
        position=str(place_of(filed, epoch)),
        shared=filed.shared,
        links={"self": f"{links.to_messages(declaration)}/{filed.message_id}"},
    )
