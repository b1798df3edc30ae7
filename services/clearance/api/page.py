"""A page of the API: addresses with one tag, which ask for a key and know their parameters.

The surprise: the app takes the routes of a page as they are. FastAPI's `include_router` makes each of them again, for
every app, and looks for each request's twice.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from clearance.api.admission import Guarded
from clearance.api.request import known_parameters


def page(tag: str, *needs: Callable[..., Awaitable[Any]]) -> APIRouter:
    """Its routes, once they are declared. Each has what they all need asked of a request first, too."""
    return APIRouter(
        tags=[tag],
        dependencies=[Depends(needed) for needed in (known_parameters, *needs)],
        route_class=Guarded,
        generate_unique_id_function=named,
    )


def named(route: APIRoute) -> str:
    """A route by its name, which clients made of the document call it by."""
    return route.name
