"""Which requests may be answered from what is kept. Pure.

On any doubt there is none: another method, a parameter of the address that may change what is told.
"""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from clearance.api.admission import route_costs, route_scopes
from clearance.api.header_lines import Headers
from clearance.api.lookup import meanings, respelt
from clearance.api.parameters import BLANKS

IF_NONE_MATCH = b"if-none-match"


class Route(NamedTuple):
    """A route whose answers are kept; `cost` is that of an answer with a body."""

    template: str
    scope: str
    cost: int


class Question(NamedTuple):
    """What is asked, by its address as it is written. `headers` are all but `If-None-Match`: of one client they are
    mostly the same."""

    route: Route
    address: bytes
    headers: Headers
    if_none_match: bytes | None


def _route(name: str, template: str) -> Route:
    return Route(template, route_scopes()[name], route_costs().get(name, 1))


LIST, ONE = b"/v1/declarations", b"/v1/declarations/"
A_PAGE, A_DECLARATION = _route("declarations", LIST.decode()), _route("declaration", f"{ONE.decode()}{{number}}")


def question(scope: Scope) -> Question | None:
    """The question of a request; None for any that the route is to look at."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    return question_of(scope.get("raw_path") or b"", scope["query_string"], scope["headers"])


def question_of(path: bytes, query: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Question | None:
    """The same of a GET."""
    if path.startswith(ONE) and not query and b"/" not in path[len(ONE) :]:
        route, address = A_DECLARATION, path
    elif path == LIST:
        route, address = A_PAGE, b"%b?%b" % (path, query)
    else:
        return None
    others = tuple([one for one in headers if one[0] != IF_NONE_MATCH])
    if len(others) == len(headers):
        return Question(route, address, others, None)
    tags = [value for name, value in headers if name == IF_NONE_MATCH]
    return Question(route, address, others, tags[0]) if len(tags) == 1 else None


def values(address: bytes) -> tuple[str, ...]:
    """The numbers as the store holds them that the one in the address of a declaration may mean."""
    text = unquote_to_bytes(address[len(ONE) :]).decode().strip(BLANKS)
    return tuple(dict.fromkeys(one.value for one in (*meanings(text), *respelt(text))))
