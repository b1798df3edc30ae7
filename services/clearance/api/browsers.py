"""What a foreign page could make somebody's browser do here, and how each answer forbids it. Plain ASGI.

The surprise: `Host` is checked although nothing is found by it. A foreign page whose name its owner lets lead to this
machine (DNS rebinding) is of our own origin to the browser; only the name that it sends tells it apart.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clearance.api import problems
from clearance.settings import Settings

ANY = "*"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 # compared, not listened on
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that command nothing (RFC 9110 §9.2.1)."""
OF_OURS = ("same-origin", "none")
"""`Sec-Fetch-Site` of a page of ours, and of what a user has typed or a program has sent."""
UNFRAMED = "frame-ancestors 'none'"


def served_hosts(settings: Settings) -> frozenset[str]:
    """The names in `Host` that are answered, lower case, without port; `*` for any."""
    given = {one.strip().strip("[]").lower() for one in settings.api_hosts.split(",") if one.strip()}
    here = {settings.api_host.lower(), socket.gethostname().lower()}
    return LOOPBACK | given | here


class SafeAnswers:
    """Every answer says that its type is not to be guessed and that no page may frame it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                others = headers.get("Content-Security-Policy")
                headers["Content-Security-Policy"] = f"{others}; {UNFRAMED}" if others else UNFRAMED
            await send(message)

        await self.app(scope, receive, safe)


class Names:
    """The names of ours; an address is one too, where we listen on all: none can be rebound."""

    def __init__(self, settings: Settings) -> None:
        self._names = served_hosts(settings)
        self._any_address = settings.api_host in EVERYWHERE

    def hold(self, host: str) -> bool:
        """Whether what stands in `Host` means us."""
        name = _name(host)
        return ANY in self._names or name in self._names or (self._any_address and _is_address(name))


class OwnHost:
    """Answers only who means us by a name of ours."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if scope["type"] != "http" or self.names.hold(headers.get("host", "")):
            return await self.app(scope, receive, send)
        name, spoken = _name(headers.get("host", "")), headers.get("accept-language", "")
        return await problems.answer("foreign-host", spoken, host=name[:100])(scope, receive, send)


class OwnOrigin:
    """Commands come from pages of ours and from programs, never from another site's page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and _is_foreign(headers := Headers(scope=scope)):
            return await problems.answer("foreign-origin", headers.get("accept-language", ""))(scope, receive, send)
        return await self.app(scope, receive, send)


async def in_json(request: Request) -> None:
    """A body is JSON and says so: other types a foreign page may send without asking first. Raises `Problem`."""
    said = request.headers.get("content-type", "")
    essence = said.partition(";")[0].strip().lower()
    if essence != "application/json" and (essence or await request.body()):
        raise problems.Problem("media-type", media_type=essence[:100] or "none", headers={"Accept": "application/json"})


async def without_fields(request: Request) -> None:
    """A command that takes nothing has no body, or an empty object. Raises `Problem`."""
    if (await request.body()).strip() not in (b"", b"{}"):
        raise problems.invalid("body", "body", "takes_nothing")


def _is_foreign(headers: Headers) -> bool:
    """By `Sec-Fetch-Site`, which a page cannot set; in a browser that is older, by `Origin` beside `Host`."""
    if site := headers.get("sec-fetch-site"):
        return site not in OF_OURS
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _name(host: str) -> str:
    """The name or address in `Host`, without its port; empty for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
