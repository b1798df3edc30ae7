"""`POST /v1/messages`: a trusted connection brings what customs has sent. It asks no store, only the log.

The surprise: who brought a message is told by the key and by nothing in the request. What a connection brings counts as
from customs, so a key with the scope `ingest` is the operator's to give, and no organisation holds one.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from pydantic import AfterValidator

from clearance.api import models, parameters
from clearance.api.bundle import LINES, ONE, PARTS, Brought, read_bundle
from clearance.api.gateway import Gateway
from clearance.api.page import page
from clearance.api.problems import Problem, documented
from clearance.api.request import Ask, whole_body
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.formats import checked_system
from clearance.events.receipts.parts import conversation_id
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables

router = page("messages")
OURSELVES = "self"
"""The connection where no key is asked for, as of `clearance ingest`."""
LINE = '{"base64": "PD94bWwgdmVyc2lvbj0iMS4wIj8+", "name": "0001.xml", "received_at": "2026-03-02T01:00:02Z"}\n'
BODY: dict[str, Any] = {
    "required": True,
    "description": "One message as it came; a part for each; or a line of JSON for each, with `base64` (its bytes) or "
    "`message` (its text), and `name`, `received_at`, `conversation_id` where they are known.",
    "content": {
        **{one: {"schema": {"type": "string", "format": "binary"}} for one in ONE},
        LINES: {"schema": {"type": "string"}, "examples": {"base64": {"value": LINE}}},
        **{
            one: {"schema": {"type": "object", "additionalProperties": {"type": "string", "format": "binary"}}}
            for one in PARTS
        },
    },
}


def _system(value: str) -> str:
    return checked_system(value, default_tables())


async def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


System = Annotated[
    str,
    Query(max_length=40, description="The code list of an intermediary that has one of its own."),
    AfterValidator(_system),
]
Name = Annotated[str, Query(max_length=200, description="The name of the file: numbers and times in it are read.")]
ReceivedAt = Annotated[
    parameters.Instant | None, Query(description="When the connection got it, if that is not now; no later than now.")
]
Conversation = Annotated[
    str | None,
    Header(alias="X-Conversation-ID", description="The exchange with the authority in which it came (HMRC)."),
    AfterValidator(lambda value: value and conversation_id(value)),
]


@router.post(
    "/v1/messages",
    summary="Bring messages from customs",
    response_model=models.Brought,
    responses=documented(
        "foreign-origin", "malformed-request", "request-too-slow", "body-too-large", "message-media-type",
        "messages-refused", "too-many-under-way", "messages-unacknowledged",
    ),
    openapi_extra={"requestBody": BODY},
)  # fmt: skip
async def bring_messages(
    ask: Ask,
    request: Request,
    gateway: Annotated[Gateway, Depends(_gateway)],
    system: System = "",
    name: Name = "",
    received_at: ReceivedAt = None,
    conversation: Conversation = None,
) -> Any:
    """Answered once the log has every message: 200 says that all were taken, and nothing else does.

    422 says which were refused, and why. They are kept as dead letters for whoever runs this; do not send them again.
    503 says which the log has not acknowledged: send those again. What was taken before changes nothing when it comes
    again. Parameters hold for every message that says nothing else.
    """
    connection = request.state.key.name if request.state.key else OURSELVES
    ask.speaks_of_nothing()
    with gateway.place(connection):
        now = utc_now()
        given = Brought(data=b"", name=name, received_at=received_at, conversation_id=conversation or "")
        brought = read_bundle(content_type(request), await whole_body(request))
        taken = await gateway.take(
            [_arrival(one, given, connection, system, now) for one in brought], ask.words, ask.epoch
        )
    ask.headers.update(taken.headers)
    return models.Brought(messages=taken.messages)


def content_type(request: Request) -> str:
    """Raises `Problem` for what is encoded: bytes are read as they come."""
    if coding := request.headers.get("content-encoding", ""):
        raise Problem("message-media-type", {"Accept-Encoding": "identity"}, media_type=f"in {coding[:40]}")
    return request.headers.get("content-type", "")


def _arrival(one: Brought, given: Brought, connection: str, system: str, now: datetime) -> Arrival:
    name = one.name or given.name
    return Arrival(
        name=name,
        at=min(one.received_at or given.received_at or now, now),
        data=one.data,
        organisation=connection,
        system=system,
        hints=default_tables().numbers_in_name(name),
        stated_at=default_tables().time_in_name(name),
        conversation=one.conversation_id or given.conversation_id,
    )
