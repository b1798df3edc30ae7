"""What users state: a plan, an answer. The tracker decides; its result may be asked for."""

import uuid
from functools import partial
from typing import Annotated, Any

from fastapi import Body, Depends, Request, Response

from clearance.access.registrations import StatedPlan
from clearance.api import answers, links, lookup, models, parameters
from clearance.api.answers import coded
from clearance.api.browsers import in_json, without_fields
from clearance.api.clerk import Clerk
from clearance.api.etags import held, plan_etag
from clearance.api.page import page
from clearance.api.problems import Problem, documented
from clearance.api.questions import question
from clearance.api.registered import seen_or_registered
from clearance.api.registered_plans import of_registration, to_registration
from clearance.api.request import Ask, Asked
from clearance.api.words import Words
from clearance.events.values.times import rfc3339
from clearance.store.rows import Outcome

router = page("commands", in_json)


async def _clerk(request: Request) -> Clerk:
    clerk: Clerk = request.app.state.clerk
    return clerk


Carrier = Annotated[Clerk, Depends(_clerk)]
OUTCOMES: dict[int | str, dict[str, Any]] = {
    202: {"model": models.Command, "description": "Written to the log and not decided yet: ask at `Location`."}
}


@router.put(
    "/v1/declarations/{number}/transport-plan",
    summary="State the transport plan",
    response_model=models.Command,
    responses={
        **OUTCOMES,
        **documented(
            "several-declarations", "malformed-request", "foreign-origin", "unknown-number", "command-refused",
            "command-id-reused", "plan-changed", "body-too-large", "media-type", "log-unreachable",
        ),
    },
)  # fmt: skip
async def state_transport_plan(
    number: parameters.Number,
    plan: Annotated[models.StatedPlan, Body()],
    ask: Ask,
    clerk: Carrier,
    response: Response,
    idempotency_key: parameters.IdempotencyKey = None,
    if_match: parameters.IfMatch = None,
) -> Any:
    """State when the goods arrive and leave, and with what. Deadlines that count from these times move.

    The number must be known, so that a mistyped one makes no declaration. Of one that you have only registered the plan
    is kept with your registration: nobody else sees it, and it is stated again once customs has named you.
    `If-Match` is compared with what the store shows: of two who state at the same moment the later one may win all the
    same.
    """
    declaration, is_seen = await ask.run("cheap", partial(_planned, ask, number, if_match))
    times = {name: rfc3339(value) for name, value in plan if value and not isinstance(value, str)}
    names = {name: value for name, value in plan if value and isinstance(value, str)}
    if not is_seen:
        stated = StatedPlan(idempotency_key or uuid.uuid4().hex, {**times, **names})
        return shown(await ask.run("cheap", partial(to_registration, ask, declaration, stated)), ask.words)
    outcome = await clerk.carry(ask, declaration, "transport_plan", {**times, **names}, idempotency_key)
    return answered(outcome, ask, response)


@router.post(
    "/v1/declarations/{number}/answer-query",
    dependencies=[Depends(without_fields)],
    summary="State that the question of customs is answered",
    response_model=models.Command,
    responses={
        **OUTCOMES,
        **documented(
            "several-declarations", "foreign-origin", "unknown-number", "command-refused", "command-id-reused",
            "body-too-large", "media-type", "log-unreachable",
        ),
    },
)  # fmt: skip
async def answer_query(
    number: parameters.Number,
    ask: Ask,
    clerk: Carrier,
    response: Response,
    idempotency_key: parameters.IdempotencyKey = None,
) -> Any:
    """State that you have answered what customs asks (`query_raised`) where it asks for it: nothing is sent to customs.

    The obligation ends, and its anomaly with it. A question that is asked later opens both again. Refused where no
    question is open.
    """
    declaration = await ask.run("cheap", partial(_known, ask, number))
    outcome = await clerk.carry(ask, declaration, "answer_query", {}, idempotency_key)
    return answered(outcome, ask, response)


@router.get(
    "/v1/commands/{command_id}",
    summary="What became of a command",
    response_model=models.Command,
    responses=documented("unknown-command"),
)
@question("cheap")
def command(command_id: parameters.CommandId, ask: Ask, clerk: Carrier) -> Any:
    """What became of a command; `pending` from when it was written until the tracker's decision is in the store."""
    pending = clerk.pending(ask.viewer.name, command_id)  # first: the store shows a result before it is forgotten here
    with ask.reading() as reader:
        found = reader.outcomes(command_id)
    outcome = next(iter(found), pending) or of_registration(ask, command_id)
    if outcome is None:
        raise Problem("unknown-command", command_id=command_id)
    return shown(outcome, ask.words)


def _planned(ask: Asked, number: str, if_match: list[str] | None) -> tuple[str, bool]:
    """The declaration whose plan is stated, and whether it is seen. Raises `Problem`: it is
    unknown, or its plan is not the one that is named."""
    row, is_seen = seen_or_registered(ask, number)
    ask.about(row.id)
    if if_match and not held(if_match, tag := plan_etag(answers.transport_plan(row))):
        raise Problem("plan-changed", {"ETag": tag}, declaration=row.id)
    return row.id, is_seen


def _known(ask: Asked, number: str) -> str:
    """The declaration that this number means; one of which nothing is known has no question open. Raises `Problem`."""
    with ask.reading() as reader:
        declaration = lookup.the_one(reader, number, ask.words).id
    ask.about(declaration)
    return declaration


def answered(outcome: Outcome, ask: Asked, response: Response) -> models.Command:
    """200 if it was accepted, 202 if it is not decided yet. Raises `Problem` if it was refused."""
    if outcome.outcome == "refused":
        raise Problem(
            "command-refused",
            command_id=outcome.command_id,
            declaration=outcome.declaration,
            reason=outcome.reason,
        )
    if outcome.outcome == "pending":
        response.status_code = 202
        response.headers["Location"] = links.to_command(outcome.command_id)
    return shown(outcome, ask.words)


def shown(outcome: Outcome, words: Words) -> models.Command:
    """A command and what became of it."""
    return models.Command(
        command_id=outcome.command_id,
        outcome=coded(words, "outcome", outcome.outcome),
        reason=outcome.reason,
        declaration=outcome.declaration,
        links={
            "self": links.to_command(outcome.command_id),
            "declaration": links.to_declaration(outcome.declaration),
        },
    )
