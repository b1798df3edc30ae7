"""Grants: the operator lets an organisation see a declaration, where no message and no connection names it.

They go through the log like any command, so that a rebuild keeps them. Only `ops` gives, withdraws and lists them: who
else sees a declaration is nothing that an organisation is told.
"""

from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Response

from clearance.access.organisations import ID, has
from clearance.api import links, lookup, models, parameters
from clearance.api.browsers import without_fields
from clearance.api.commands import OUTCOMES, Carrier, answered
from clearance.api.page import page
from clearance.api.problems import Problem, documented
from clearance.api.questions import question
from clearance.api.request import Ask, Asked
from clearance.events.step.partial_readers import GrantedStatus
from clearance.store.rows import Stored

router = page("grants")
ALL = "/v1/declarations/{number}/grants"
ONE = f"{ALL}/{{organisation}}"
CHANGED = {
    **OUTCOMES,
    **documented(
        "several-declarations", "foreign-origin", "unknown-number", "command-refused", "command-id-reused",
        "unknown-organisation", "body-too-large", "log-unreachable",
    ),
}  # fmt: skip
OrganisationId = Annotated[
    str,
    Path(pattern=f"^{ID.pattern}$", description="The id of an organisation, as `clearance organisations` lists it."),
]


@router.get(
    ALL,
    summary="Who may see it by grant",
    response_model=models.Grants,
    responses=documented("several-declarations", "unknown-number"),
)
@question("cheap")
def grants(number: parameters.Number, ask: Ask) -> Any:
    """The organisations that the operator lets see the declaration. Whom messages or connections name is not listed."""
    row = _row(ask, number)
    return models.Grants(
        declaration=row.id,
        organisations=list(_GRANTED_STATUS.decode(row.record).view.granted),
        links={"self": links.to_grants(row.id), "declaration": links.to_declaration(row.id)},
    )


@router.put(
    ONE,
    summary="Let an organisation see it",
    response_model=models.Command,
    responses=CHANGED,
    dependencies=[Depends(without_fields)],
)
async def grant(
    number: parameters.Number,
    organisation: OrganisationId,
    ask: Ask,
    clerk: Carrier,
    response: Response,
    idempotency_key: parameters.IdempotencyKey = None,
) -> Any:
    """The organisation sees the declaration, and all of it, until the grant is withdrawn.

    For declarations whose messages name no firm. The number must be known.
    """
    declaration = await ask.run("cheap", partial(_granting, ask, number, organisation))
    outcome = await clerk.carry(ask, declaration, "grant", {"organisation": organisation}, idempotency_key)
    return answered(outcome, ask, response)


@router.delete(
    ONE,
    summary="Withdraw a grant",
    response_model=models.Command,
    responses=CHANGED,
    dependencies=[Depends(without_fields)],
)
async def withdraw_grant(
    number: parameters.Number,
    organisation: OrganisationId,
    ask: Ask,
    clerk: Carrier,
    response: Response,
    idempotency_key: parameters.IdempotencyKey = None,
) -> Any:
    """The organisation sees the declaration no more, unless messages or a connection name it. Of grants and withdrawals
    the one that was stated last counts."""
    declaration = await ask.run("cheap", partial(_granting, ask, number, organisation))
    outcome = await clerk.carry(ask, declaration, "withdraw_grant", {"organisation": organisation}, idempotency_key)
    return answered(outcome, ask, response)


def _granting(ask: Asked, number: str, organisation: str) -> str:
    """The declaration that is meant. Raises `Problem`: it or the organisation is unknown; and `StoreAway`."""
    declaration = _row(ask, number).id
    if not has(ask.access, organisation):
        raise Problem("unknown-organisation", organisation=organisation)
    return declaration


def _row(ask: Asked, number: str) -> Stored:
    with ask.reading() as reader:
        row = lookup.the_one(reader, number, ask.words)
    ask.about(row.id)
    return row


_GRANTED_STATUS = msgspec.json.Decoder(GrantedStatus)
