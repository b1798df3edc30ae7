"""Which requests may be answered from what is kept, and what of them makes two answers differ. Pure.

On any doubt there is none: another parameter of the address, a header that is not known to change nothing, one that is
given twice.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from clearance.api.admission import route_costs, route_scopes
from clearance.api.compression import takes_gzip
from clearance.api.kept_answers import Asked
from clearance.api.lookup import meanings, respelt
from clearance.api.parameters import BLANKS
from clearance.api.words import Language, chosen
from clearance.store.viewer import Viewer

HARMLESS = frozenset(
    b"host accept accept-encoding accept-language authorization if-none-match user-agent connection cookie dnt"
    b" cache-control pragma origin referer sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user priority"
    b" sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform upgrade-insecure-requests x-forwarded-for x-forwarded-proto"
    b" x-forwarded-host x-real-ip forwarded via traceparent tracestate x-request-id".split()
)
"""Headers that are looked at here, and those that change no answer to a GET."""
IN_JSON = frozenset((b"", b"*/*", b"application/json"))
"""Of `Accept`, of what may also be had as a sheet."""
Given = Mapping[bytes, bytes]


class Route(NamedTuple):
    """A route whose answers are kept; `cost` is that of an answer with a body."""

    template: str
    scope: str
    cost: int


class Question(NamedTuple):
    """What is asked, by its address as it is written, and the headers."""

    route: Route
    address: bytes
    given: Given


def _route(name: str, template: str) -> Route:
    return Route(template, route_scopes()[name], route_costs().get(name, 1))


LIST, ONE = b"/v1/declarations", b"/v1/declarations/"
A_PAGE, A_DECLARATION = _route("declarations", LIST.decode()), _route("declaration", f"{ONE.decode()}{{number}}")


def question(scope: Scope) -> Question | None:
    """The question of a request; None for any that the route is to look at."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path, query, given = scope.get("raw_path") or b"", scope["query_string"], dict(scope["headers"])
    if len(given) != len(scope["headers"]) or not HARMLESS.issuperset(given):
        return None
    if path.startswith(ONE) and not query and b"/" not in path[len(ONE) :]:
        return Question(A_DECLARATION, path, given)
    if path == LIST and given.get(b"accept", b"") in IN_JSON:
        return Question(A_PAGE, b"%b?%b" % (path, query), given)
    return None


def asked(of: Question, viewer: Viewer) -> Asked:
    """What the answer is kept by."""
    given = of.given
    language, zipped = _language(given.get(b"accept-language", b"")), _zipped(given.get(b"accept-encoding", b""))
    return Asked(of.address, viewer, language, zipped)


def values(address: bytes) -> tuple[str, ...]:
    """The numbers as the store holds them that the one in the address of a declaration may mean."""
    text = unquote_to_bytes(address[len(ONE) :]).decode().strip(BLANKS)
    return tuple(dict.fromkeys(one.value for one in (*meanings(text), *respelt(text))))


@lru_cache(1000)
def _language(accept_language: bytes) -> Language:
    return chosen(accept_language.decode("latin-1"))


@lru_cache(1000)
def _zipped(accept_encoding: bytes) -> bool:
    return takes_gzip(accept_encoding.decode("latin-1"))
