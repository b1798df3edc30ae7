"""What is done by hand about an anomaly: acknowledge, assign, resolve, false positive. The tracker decides.

An organisation speaks for itself: it may close an anomaly for itself, and nobody else sees any of it. The operator, and
everybody where no keys are asked for, closes it for all (docs/decisions/0064).
"""

from functools import partial
from typing import Annotated, Any

from fastapi import Body, Depends, Response

from clearance.api import models, parameters
from clearance.api.browsers import in_json
from clearance.api.commands import OUTCOMES, Carrier, answered
from clearance.api.page import page
from clearance.api.problems import Problem, documented
from clearance.api.request import Ask, Asked
from clearance.events.receipts.facts import StatementKind
from clearance.events.values.times import rfc3339
from clearance.store.rows import Finding

router = page("commands", in_json)
DONE: dict[int | str, dict[str, Any]] = {
    **OUTCOMES,
    **documented(
        "foreign-origin", "malformed-request", "unknown-anomaly", "command-refused", "command-id-reused",
        "body-too-large", "media-type", "log-unreachable",
    ),
}  # fmt: skip
Said = Annotated[models.Said | None, Body()]


class Hand:
    """One command about an anomaly, on its way."""

    def __init__(
        self,
        anomaly: parameters.AnomalyId,
        ask: Ask,
        clerk: Carrier,
        response: Response,
        idempotency_key: parameters.IdempotencyKey = None,
    ) -> None:
        self._anomaly, self._ask, self._clerk, self._response = anomaly, ask, clerk, response
        self._key = idempotency_key

    async def does(self, kind: StatementKind, said: models.Said) -> models.Command:
        """What became of it. Raises `Problem`."""
        found = await self._ask.run("cheap", partial(_found, self._ask, self._anomaly))
        named = {"rule": found.rule, "deadline": rfc3339(found.opened_at)}
        body = {**named, **said.model_dump(exclude={"by"}, exclude_defaults=True)}
        outcome = await self._clerk.carry(
            ask=self._ask, declaration=found.declaration, kind=kind, body=body, key=self._key, by=said.by
        )
        return answered(outcome, self._ask, self._response)


OneHand = Annotated[Hand, Depends(Hand)]


@router.post(
    "/v1/anomalies/{anomaly}/acknowledge",
    summary="Acknowledge an anomaly",
    response_model=models.Command,
    responses=DONE,
)
async def acknowledge(hand: OneHand, said: Said = None) -> Any:
    """Take note of an open anomaly. It closes, for you, if its rule is lasting or the declaration has ended; else it
    stays."""
    return await hand.does("acknowledge", said or models.Said())


@router.post(
    "/v1/anomalies/{anomaly}/assign",
    summary="Assign an anomaly",
    response_model=models.Command,
    responses=DONE,
)
async def assign(hand: OneHand, said: Annotated[models.Assignment, Body()]) -> Any:
    """Say who sees to an open anomaly; an empty name takes it back. Higher levels of it keep that."""
    return await hand.does("assign", said)


@router.post(
    "/v1/anomalies/{anomaly}/resolve",
    summary="Resolve an anomaly by hand",
    response_model=models.Command,
    responses=DONE,
)
async def resolve(hand: OneHand, said: Said = None) -> Any:
    """Close an open anomaly, for you; by the operator for all. A higher level of it opens again if it comes to that."""
    return await hand.does("resolve", said or models.Said())


@router.post(
    "/v1/anomalies/{anomaly}/false-positive",
    summary="Say that an anomaly is none",
    response_model=models.Command,
    responses=DONE,
)
async def false_positive(hand: OneHand, said: Said = None) -> Any:
    """Close an open anomaly as a false alarm, and every higher level of it: for you; by the operator for all. It counts
    against its rule."""
    return await hand.does("false_positive", said or models.Said())


def _found(ask: Asked, anomaly: str) -> Finding:
    """The anomaly. Raises `Problem` for one that the viewer does not see."""
    with ask.reading() as reader:
        found = reader.anomaly(anomaly)
    if found is None:
        raise Problem("unknown-anomaly", anomaly=anomaly)
    ask.about(found.declaration)
    return found
