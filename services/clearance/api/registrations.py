"""Registrations: an organisation follows a declaration before customs has said anything of it, in its own words.

Registering is no way in. It shows the organisation what it has itself stated, and nothing else, whether or not anybody
holds the number; what customs says of it is seen once a party, a trusted connection or the operator names it.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import Body, Depends, Query, Response

from clearance.access import registrations
from clearance.access.registrations import Registration
from clearance.api import links, models, parameters, registration_list
from clearance.api.answers import known
from clearance.api.browsers import in_json
from clearance.api.page import page
from clearance.api.problems import Problem, documented
from clearance.api.registered import registrable
from clearance.api.request import Ask, Asked
from clearance.api.words import Words
from clearance.settings.clock import utc_now

router = page("registrations")
OWN = "/v1/declarations/{number}/registration"
ALL = "/v1/registrations"
NUMBER = documented("number-unclear", "unknown-registration")
STATED = documented(
    "foreign-origin", "malformed-request", "number-unclear", "body-too-large", "media-type", "registrations-full"
)
After = Annotated[
    str, Query(max_length=parameters.LONGEST_NUMBER, description="Only those behind this id: from `next` of a page.")
]

Awaiting = Annotated[bool, Query(description="Only those of which you see nothing that customs has said.")]


@router.put(
    "/v1/declarations/{number}",
    summary="Register a declaration",
    response_model=models.Registration,
    responses={201: {"model": models.Registration, "description": "It is new."}, **STATED},
    dependencies=[Depends(in_json)],
)
async def register(
    number: parameters.Number, stated: Annotated[models.StatedRegistration, Body()], ask: Ask, response: Response
) -> Any:
    """Say that you have filed it, with your own references and labels. It replaces what you registered before, whole.

    Until customs has answered, it is shown to you as `awaiting_first_message`, and overdue (A01) some minutes after
    `filed_at`. Nobody else sees it, and you see nothing of it that others do.
    """
    new, given = await ask.run("cheap", partial(_kept, ask, number, stated))
    response.status_code = 201 if new else 200
    return shown(given)


@router.get(OWN, summary="Your registration", response_model=models.Registration, responses=NUMBER)
async def registration(number: parameters.Number, ask: Ask) -> Any:
    """What you have registered of a declaration."""
    return shown(await ask.run("cheap", partial(_found, ask, number)))


@router.delete(OWN, summary="Withdraw your registration", status_code=204, responses=NUMBER)
async def withdraw(number: parameters.Number, ask: Ask) -> Response:
    """Forget what you have registered of a declaration. What customs has said of it stays."""
    await ask.run("cheap", partial(_withdrawn, ask, number))
    return Response(status_code=204, headers={"Content-Language": ask.words.language})


@router.get(ALL, summary="Your registrations", response_model=models.Registrations, responses=documented())
async def own_registrations(
    ask: Ask,
    reference: parameters.Mark = None,
    label: parameters.Mark = None,
    limit: parameters.Limit = 50,
    after: After = "",
    awaiting: Awaiting = False,
) -> Any:
    """What you have registered, by declaration, and where each stands; also by a reference or a label of your own.

    With `awaiting=true` a page may be short, or empty, while there is a next one.
    """
    marks = parameters.marks_of(reference, label)
    found, more = await ask.run("list", partial(registration_list.rows, ask, marks, after, limit, awaiting))
    kept = [*marks, ("limit", str(limit)), *([("awaiting", "true")] if awaiting else [])]
    address = links.to_next(ALL, kept, more, by="after")
    return models.Registrations(registrations=[in_list(one, status, ask.words) for one, status in found], next=address)


def in_list(given: Registration, status: str, words: Words) -> models.RegistrationRow:
    """A registration in a list; "" for a status that cannot be told."""
    return models.RegistrationRow(**dict(shown(given)), status=known(words, "status", status))


def shown(given: Registration) -> models.Registration:
    """A registration as it is answered."""
    address = links.to_declaration(given.declaration)
    return models.Registration(
        declaration=given.declaration,
        filed_at=given.filed_at,
        registered_at=given.registered_at,
        changed_at=given.changed_at,
        references=list(given.references),
        labels=list(given.labels),
        parties=given.parties,
        message_id=given.message_id,
        links={"self": f"{address}/registration", "declaration": address},
    )


def as_kept(organisation: str, declaration: str, stated: models.StatedRegistration) -> Registration:
    """What is stated, as it is kept."""
    now = utc_now()
    return Registration(
        organisation=organisation,
        declaration=declaration,
        filed_at=stated.filed_at or now,
        registered_at=now,
        changed_at=now,
        references=tuple(dict.fromkeys(stated.references)),
        labels=tuple(dict.fromkeys(stated.labels)),
        parties={party: {str(field): one for field, one in said.items()} for party, said in stated.parties.items()},
    )


def _kept(ask: Asked, number: str, stated: models.StatedRegistration) -> tuple[bool, Registration]:
    given = as_kept(ask.organisation, _declaration(ask, number), stated)
    [became] = registrations.register(ask.access, [given], most := ask.most_registrations)
    if became == "full":
        raise Problem("registrations-full", limit=most)
    return became == "new", registrations.the_one(ask.access, ask.organisation, given.declaration) or given


def _found(ask: Asked, number: str) -> Registration:
    found = registrations.the_one(ask.access, ask.organisation, _declaration(ask, number))
    if found is None:
        raise Problem("unknown-registration", number=number)
    return found


def _withdrawn(ask: Asked, number: str) -> None:
    if not registrations.withdraw(ask.access, ask.organisation, _declaration(ask, number)):
        raise Problem("unknown-registration", number=number)


def _declaration(ask: Asked, number: str) -> str:
    """The id that is registered. Raises `Problem` for a number that may be of several kinds, or of none."""
    ask.speaks_of_nothing()
    ids = registrable(number)
    if len(ids) != 1:
        raise Problem("number-unclear", number=number)
    ask.about(ids[0])
    return ids[0]
