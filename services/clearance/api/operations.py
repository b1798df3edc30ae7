"""`/healthz`, `/readyz`, `/freshz`, `/metrics`: for whoever runs the API.

Does it live, can it answer, is what it answers current: three questions, since something else is done about each. The
surprise: old answers are answers. An API that went out of service with its tracker would leave nobody who says so.
"""

from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import Engine

from clearance.api.freshness import Progress
from clearance.api.freshness import state as freshness_state
from clearance.api.freshness_states import State
from clearance.api.page import named
from clearance.api.problems import Problem, documented
from clearance.settings.clock import monotonic, utc_now
from clearance.store.bounds import Bound
from clearance.store.reader import reading
from clearance.store.rows import Folded
from clearance.store.viewer import EVERYBODY

CURRENT = ("live", "catching_up")
router = APIRouter(tags=["operations"], generate_unique_id_function=named)


class Alive(BaseModel):
    """The process lives."""

    state: Literal["alive"] = "alive"


class Ready(BaseModel):
    """It answers, from a store that is complete."""

    state: Literal["ready"] = "ready"
    freshness: State
    """As lists are that speak of all partitions, parked ones too: see `Clearance-Freshness`."""


class Fresh(BaseModel):
    """What it answers is current, or on its way to be."""

    state: Literal["fresh"] = "fresh"
    freshness: State
    oldest_seconds: float
    """How old the oldest partition is that is not parked."""


@router.get(
    "/healthz",
    summary="Does the process live?",
    response_model=Alive,
    responses=documented("foreign-host", common=False),
)
async def health() -> Any:
    """Whether the process lives. Says nothing of the store or the broker."""
    return Alive()


@router.get(
    "/readyz",
    summary="Is it ready?",
    response_model=Ready,
    responses=documented("foreign-host", "store-unreachable", "restoring", "busy", "takes-too-long", common=False),
)
async def readiness(request: Request) -> Any:
    """Whether it can answer, however old that is. `restoring`: the store is being filled, wait; `broken`: it cannot be
    reached. A tracker or a broker that is away does not count: see `/freshz`."""
    told = await _told(request)
    if told["known"] < told["partitions"]:
        raise Problem("restoring", state="restoring", **told)
    return Ready(freshness=told["freshness"])


@router.get(
    "/freshz",
    summary="Is it current?",
    response_model=Fresh,
    responses=documented("foreign-host", "store-unreachable", "not-current", "busy", "takes-too-long", common=False),
)
async def currency(request: Request) -> Any:
    """Whether what it answers is current: `live`, or `catching_up`. For alerts, and never for a load balancer: all
    replicas are old at once."""
    told = await _told(request)
    if told["freshness"] not in CURRENT:
        raise Problem("not-current", state="old", **told)
    return Fresh(freshness=told["freshness"], oldest_seconds=told["oldest_seconds"])


async def _told(request: Request) -> dict[str, Any]:
    """What the store says of itself. Raises `Problem` if it cannot be read."""
    stores, settings = request.app.state.stores, request.app.state.settings
    epoch, engine, partitions, _ = stores.current
    progress = await request.app.state.bulkheads.cheap.ask(partial(_progress, engine))
    folded = [one for one in progress if one.parked_since is None]  # the others' answers say so
    age = round(stores.ages(epoch).seconds(folded, utc_now(), monotonic()), 1)
    freshness = freshness_state(
        Progress(progress, partitions), age, None, stores.is_switching(epoch), settings.api_stale_seconds
    )
    return {"freshness": freshness, "known": len(progress), "partitions": partitions, "oldest_seconds": age}


def _progress(engine: Engine, bound: Bound) -> list[Folded]:
    with reading(engine, EVERYBODY, bound) as reader:
        return reader.progress()


@router.get(
    "/metrics",
    summary="For Prometheus",
    response_class=Response,
    responses={
        200: {"description": "Prometheus text format.", "content": {"text/plain": {}}},
        **documented("foreign-host", common=False),
    },
)
async def metrics(request: Request) -> Response:
    """What Prometheus scrapes."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
