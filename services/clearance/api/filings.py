"""`POST /v1/registrations:file`: an organisation brings its declaration as it sent it, and has registered it by that.

The surprise: of all the numbers in the message none is believed but the one that the sender gave itself, within a
connection that is the organisation's own. Whatever only a receipt can tell may be another's, and nothing of the message
goes into the log (decision 55).
"""

from functools import partial
from typing import Annotated, Any

from fastapi import Query, Request, Response
from msgspec.structs import replace

from clearance.access import registrations
from clearance.access.registrations import Registration
from clearance.api import models
from clearance.api.bundle import ONE, read_bundle
from clearance.api.ingest import OURSELVES, content_type
from clearance.api.page import page
from clearance.api.problems import Problem, broken, documented
from clearance.api.registrations import as_kept, shown
from clearance.api.request import Ask, Asked, whole_body
from clearance.events.receipts.formats import authority_of, parse
from clearance.events.receipts.routing import message_id
from clearance.events.standing.view import PARTIES
from clearance.events.tables.numbers import unscoped
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables
from clearance.store.parties import CONNECTION
from clearance.store.viewer import EVERYBODY

router = page("registrations")
LONGEST_NAME = 100
"""Characters of a party's name that are kept, as of one that is stated."""
BODY: dict[str, Any] = {
    "required": True,
    "description": "The declaration as you sent it, such as a `DecMessage`.",
    "content": {one: {"schema": {"type": "string", "format": "binary"}} for one in ONE},
}
Sender = Annotated[
    str | None,
    Query(
        max_length=64,
        description="Through which connection of yours it was sent; needed if you have several. The number that you "
        "gave it is unique within that.",
    ),
]


@router.post(
    "/v1/registrations:file",
    summary="Register a declaration as you sent it",
    response_model=models.Registration,
    responses={
        201: {"model": models.Registration, "description": "It is new."},
        **documented(
            "foreign-origin", "malformed-request", "request-too-slow", "body-too-large", "message-media-type",
            "registrations-full",
        ),
    },
    openapi_extra={"requestBody": BODY},
)  # fmt: skip
async def file_declaration(ask: Ask, request: Request, response: Response, sender: Sender = None) -> Any:
    """Its parties and your own number are kept as your registration of that filing, and shown to you alone.

    It counts under the number that you gave it (`ClientSeqNo`), within your connection. Other numbers in it are passed
    over: what only customs can tell is believed of customs. References and labels that you have registered stay.
    """
    ask.speaks_of_nothing()
    said, body = content_type(request), await whole_body(request)
    new, given = await ask.run("list", partial(_filed, ask, said, body, sender))
    response.status_code = 201 if new else 200
    return shown(given)


def _filed(ask: Asked, said: str, body: bytes, sender: str | None) -> tuple[bool, Registration]:
    """Whether it is new, and as it is kept. Raises `Problem`."""
    own, data = _own_sender(ask, sender), _message(said, body)
    receipt = _declaration(data, own)
    number = _own_number(receipt)
    declaration = f"{authority_of(receipt)}:{number}"
    ask.about(declaration)
    stated = models.StatedRegistration.model_validate({"parties": _parties(receipt)})
    before = registrations.the_one(ask.access, ask.organisation, declaration)
    references = (unscoped(number).partition(":")[2], *(before.references if before else ()))
    given = replace(
        as_kept(ask.organisation, declaration, stated),
        references=tuple(dict.fromkeys(references)),
        labels=before.labels if before else (),
        message_id=message_id(data),
    )
    [became] = registrations.register(ask.access, [given], most := ask.most_registrations)
    if became == "full":
        raise Problem("registrations-full", limit=most)
    return became == "new", registrations.the_one(ask.access, ask.organisation, declaration) or given


def _own_sender(ask: Asked, named: str | None) -> str:
    """The connection within which the number is the organisation's own. Raises `Problem`; whether a connection that is
    not theirs exists, it does not tell."""
    theirs = [one.partition(":")[2] for one in ask.viewer.identifiers if one.startswith(f"{CONNECTION}:")]
    own = [OURSELVES] if ask.viewer == EVERYBODY else theirs
    if named in own or (named is None and len(own) == 1):
        return named or own[0]
    known = ", ".join(own) or "none: the operator gives you one (`connection:NAME`)"
    raise broken("sender", f"say through which connection of yours it was sent; yours are {known}", "query")


def _message(said: str, body: bytes) -> bytes:
    """The one message of a body. Raises `Problem`."""
    if said.partition(";")[0].strip().lower() not in ONE:
        raise Problem("message-media-type", {"Accept": ", ".join(ONE)}, media_type=said[:100] or "none")
    [brought] = read_bundle(said, body)
    return brought.data


def _declaration(data: bytes, sender: str) -> Receipt:
    """What the message says. Raises `Problem` for one that is no declaration as its sender writes it."""
    try:
        receipt = parse(data, default_tables(), sender=sender)[0]
    except InvalidMessage as error:
        raise broken("body", error.reason) from error
    sent = default_tables().authorities[authority_of(receipt)].profile.declarations
    if receipt.system not in sent:
        raise broken("body", f"it is a {receipt.format}; what is taken is a declaration as you sent it (DecMessage)")
    return receipt


def _own_number(receipt: Receipt) -> str:
    """The number that its sender gave it, within the sender. Raises `Problem`."""
    found = [number for number in receipt.numbers if unscoped(number)]
    if len(found) != 1:
        raise broken("body", "it bears no number of your own (ClientSeqNo)")
    return found[0]


def _parties(receipt: Receipt) -> dict[str, dict[str, str]]:
    parties: dict[str, dict[str, str]] = {}
    for field, (party, of) in PARTIES.items():
        if text := receipt.details.get(field, "")[:LONGEST_NAME].strip():
            parties.setdefault(party, {})[of] = text
    return parties
