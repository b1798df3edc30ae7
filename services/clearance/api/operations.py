"""`/healthz`, `/readyz`, `/metrics`: for whoever runs the API."""

from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import Engine

from clearance.api.freshness import PARTITIONS
from clearance.api.freshness import state as freshness_state
from clearance.api.freshness_states import State
from clearance.api.page import named
from clearance.api.problems import Problem, documented
from clearance.settings.clock import monotonic, utc_now
from clearance.store.bounds import Bound
from clearance.store.reader import reading
from clearance.store.rows import Folded
from clearance.store.viewer import EVERYBODY

router = APIRouter(tags=["operations"], generate_unique_id_function=named)


class Alive(BaseModel):
    """The process lives."""

    state: Literal["alive"] = "alive"


class Ready(BaseModel):
    """It answers, from a store that is complete and not too old."""

    state: Literal["ready"] = "ready"
    freshness: State
    """As lists are that speak of all partitions, parked ones too: see `Clearance-Freshness`."""


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
    """Whether answers are complete and fresh. `restoring`: wait, it will be; `broken`: the store cannot be reached."""
    stores = request.app.state.stores
    epoch, engine = stores.current
    progress = await request.app.state.bulkheads.cheap.ask(partial(_progress, engine))
    settings = request.app.state.settings
    folded = [one for one in progress if one.parked_since is None]  # the others' answers say so
    age = round(stores.ages(epoch).seconds(folded, utc_now(), monotonic()), 1)
    freshness = freshness_state(progress, age, None, stores.is_switching(epoch), settings.api_stale_seconds)
    if len(progress) < PARTITIONS or age > settings.api_stale_seconds:
        raise Problem(
            "restoring",
            freshness=freshness,
            state="restoring",
            known=len(progress),
            partitions=PARTITIONS,
            oldest_seconds=age,
        )
    return Ready(freshness=freshness)


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
