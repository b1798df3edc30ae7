"""Who asks for answers that are kept, by the headers of a request: judged once for a moment, since a client sends the
same ones again and again.

On any doubt it is nobody, and the route looks: a header that is not known to change nothing, one that is given twice,
another host, a key that does not let in.
"""

from collections.abc import Mapping
from typing import NamedTuple

from clearance.access.gate import Gate
from clearance.access.keys import Snapshot
from clearance.access.verdicts import Key
from clearance.api.admission import shown_key, viewer_of
from clearance.api.browsers import Names
from clearance.api.compression import takes_gzip
from clearance.api.header_lines import Headers
from clearance.api.plain_questions import A_PAGE, Route
from clearance.api.words import Language, chosen
from clearance.settings.clock import monotonic
from clearance.store.viewer import EVERYBODY, Viewer

HARMLESS = frozenset(
    b"host accept accept-encoding accept-language authorization user-agent connection cookie dnt"
    b" cache-control pragma origin referer sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user priority"
    b" sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform upgrade-insecure-requests x-forwarded-for x-forwarded-proto"
    b" x-forwarded-host x-real-ip forwarded via traceparent tracestate x-request-id".split()
)
"""Headers that are looked at here, and those that change no answer to a GET."""
IN_JSON = frozenset((b"", b"*/*", b"application/json"))
"""Of `Accept`, of what may also be had as a sheet."""
MOMENT_SECONDS, MOST = 0.02, 1000
"""How long somebody is known, and how many."""


class Caller(NamedTuple):
    """Who asks, and in what form; `key` is None where the API asks for none."""

    key: Key | None
    viewer: Viewer
    language: Language
    zipped: bool


class Known(NamedTuple):
    """A verdict until a moment, and by which keys."""

    caller: Caller | None
    until: float
    held: Snapshot | None


class Callers:
    """`names` are those that the API is asked under."""

    def __init__(self, gate: Gate | None, names: Names) -> None:
        self._gate, self._names = gate, names
        self._known: dict[tuple[Route, Headers], Known] = {}

    def of(self, route: Route, headers: Headers) -> Caller | None:
        """Who asks for an answer of this route; None if the route is to look."""
        known, now = self._known.get((route, headers)), monotonic()
        held = None if self._gate is None else self._gate.held
        if known is None or known.until < now or known.held is not held:
            if len(self._known) >= MOST:
                self._known.clear()
            known = Known(self._judged(route, dict(headers), len(headers)), now + MOMENT_SECONDS, held)
            self._known[route, headers] = known
        return known.caller

    def _judged(self, route: Route, given: Mapping[bytes, bytes], count: int) -> Caller | None:
        if len(given) != count or not HARMLESS.issuperset(given) or not self._names.hold(_text(given, b"host")):
            return None
        if route is A_PAGE and given.get(b"accept", b"") not in IN_JSON:
            return None
        key = self._key(route, given)
        if key is None and self._gate is not None:
            return None
        viewer = EVERYBODY if key is None or self._gate is None else viewer_of(self._gate, key)
        zipped = takes_gzip(_text(given, b"accept-encoding"))
        return Caller(key, viewer, chosen(_text(given, b"accept-language")), zipped)

    def _key(self, route: Route, given: Mapping[bytes, bytes]) -> Key | None:
        shown = shown_key(_text(given, b"authorization"))
        return self._gate.known(shown, route.scope) if self._gate is not None and shown else None


def _text(given: Mapping[bytes, bytes], name: bytes) -> str:
    return given.get(name, b"").decode("latin-1")
