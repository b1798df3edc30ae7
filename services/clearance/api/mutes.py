"""Mutes: of one declaration and rule until a time, by command; of a rule in general, as a setting.

They are of whoever asks, and change what that is notified of, never an anomaly (docs/decisions/0065).
"""

from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import Body, Response

from clearance.access.mutes import Mute, end_mute, mutes_of, set_mute
from clearance.api import links, lookup, models, parameters
from clearance.api.answers import coded
from clearance.api.browsers import in_json
from clearance.api.commands import OUTCOMES, Carrier, answered
from clearance.api.page import page
from clearance.api.problems import documented
from clearance.api.questions import question
from clearance.api.request import Ask, Asked
from clearance.events.standing import statements as statements_of
from clearance.events.step.partial_readers import StatedStatus
from clearance.events.values.times import parse_utc, rfc3339
from clearance.settings.clock import utc_now
from clearance.store.rows import Stored

router = page("mutes", in_json)
OF_ONE = "/v1/declarations/{number}/mutes"
SAID = ("foreign-origin", "malformed-request", "body-too-large", "media-type")


@router.put(
    f"{OF_ONE}/{{rule}}",
    summary="Mute a rule for one declaration",
    response_model=models.Command,
    responses={
        **OUTCOMES,
        **documented(
            "several-declarations", "unknown-number", "command-refused", "command-id-reused", "log-unreachable", *SAID
        ),
    },
)  # fmt: skip
async def mute(
    number: parameters.Number,
    rule: parameters.Rule,
    said: Annotated[models.StatedMute, Body()],
    ask: Ask,
    clerk: Carrier,
    response: Response,
    idempotency_key: parameters.IdempotencyKey = None,
) -> Any:
    """Do not be notified of this rule for this declaration until then; a time that has passed ends that. The anomaly
    opens all the same, and nobody else is concerned."""
    declaration = (await ask.run("cheap", partial(_known, ask, number))).id
    body = {"rule": rule, "until": rfc3339(said.until)}
    outcome = await clerk.carry(
        ask=ask, declaration=declaration, kind="mute", body=body, key=idempotency_key, by=said.by
    )
    return answered(outcome, ask, response)


@router.get(
    OF_ONE,
    summary="What you have muted of a declaration",
    response_model=models.Mutes,
    responses=documented("several-declarations", "unknown-number"),
)
@question("cheap")
def mutes(number: parameters.Number, ask: Ask) -> Any:
    """The last mute of each rule, also one that has passed."""
    row = _known(ask, number)
    statements = _STATED_STATUS.decode(row.record).statements
    last = statements_of.mutes(statements, ask.organisation)
    found = [Mute(rule, parse_utc(one.body["until"]), one.issued_at, one.by) for rule, one in sorted(last.items())]
    return _shown(ask, found, links.to_mutes(row.id))


@router.get(
    "/v1/mutes",
    summary="What you have muted in general",
    response_model=models.Mutes,
    responses=documented(),
)
@question("cheap")
def muted_rules(ask: Ask) -> Any:
    """Rules of which you are not notified, whatever the declaration."""
    ask.speaks_of_nothing()
    return _shown(ask, mutes_of(ask.access, ask.organisation), "/v1/mutes")


@router.put(
    "/v1/mutes/{rule}",
    summary="Mute a rule in general",
    status_code=204,
    responses=documented(*SAID),
)
async def mute_rule(rule: parameters.Rule, said: Annotated[models.GeneralMute, Body()], ask: Ask) -> None:
    """Do not be notified of this rule, for good or until then. It replaces what you said of the rule before."""
    given = Mute(rule, said.until, utc_now(), said.by or ask.by)
    ask.speaks_of_nothing()
    await ask.run("cheap", partial(set_mute, ask.access, ask.organisation, given))


@router.delete(
    "/v1/mutes/{rule}",
    summary="Mute a rule no more",
    status_code=204,
    responses=documented("foreign-origin", "body-too-large", "media-type"),
)
async def unmute_rule(rule: parameters.Rule, ask: Ask) -> None:
    """Be notified of this rule again."""
    ask.speaks_of_nothing()
    await ask.run("cheap", partial(end_mute, ask.access, ask.organisation, rule))


def _known(ask: Asked, number: str) -> Stored:
    """The declaration that this number means. Raises `Problem`."""
    with ask.reading() as reader:
        row = lookup.the_one(reader, number, ask.words)
    ask.about(row.id)
    return row


def _shown(ask: Asked, found: list[Mute], address: str) -> models.Mutes:
    rows = [
        models.Mute(rule=coded(ask.words, "rule", one.rule), until=one.until, set_at=one.set_at, by=one.by)
        for one in found
    ]
    return models.Mutes(mutes=rows, links={"self": address})


_STATED_STATUS = msgspec.json.Decoder(StatedStatus)
