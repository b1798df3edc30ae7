"""Addresses of what the API knows, as paths from its root."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode


def to_declaration(declaration: str) -> str:
    return f"/v1/declarations/{quote(without_slashes(declaration), safe=':')}"


def without_slashes(number: str) -> str:
    """For a path, where proxies break on `%2F`: `~1` for `/` and `~0` for `~`, as in RFC 6901."""
    return number.replace("~", "~0").replace("/", "~1")


def without_slashes_undone(number: str) -> str:
    return number.replace("~1", "/").replace("~0", "~")


def to_incident(incident: str) -> str:
    return f"/v1/incidents/{incident}"


def to_incidents(declaration: str) -> str:
    """Those of which it is or was a member."""
    return f"/v1/incidents?{urlencode({'declaration': declaration})}"


def to_timeline(declaration: str) -> str:
    return f"{to_declaration(declaration)}/timeline"


def to_messages(declaration: str) -> str:
    return f"{to_declaration(declaration)}/messages"


def to_explanation(declaration: str) -> str:
    return f"{to_declaration(declaration)}/explanation"


def to_grants(declaration: str) -> str:
    return f"{to_declaration(declaration)}/grants"


def of_declaration(declaration: str) -> dict[str, str]:
    return {
        "self": to_declaration(declaration),
        "timeline": to_timeline(declaration),
        "messages": to_messages(declaration),
        "explanation": to_explanation(declaration),
        "incidents": to_incidents(declaration),
    }


def to_anomaly(anomaly: str) -> str:
    return f"/v1/anomalies/{anomaly}"


def to_mutes(declaration: str) -> str:
    return f"{to_declaration(declaration)}/mutes"


BY_HAND = ("acknowledge", "assign", "resolve", "false-positive")
"""What may be done about an open anomaly, at an address below its own."""


def to_command(command_id: str) -> str:
    return f"/v1/commands/{command_id}"


def to_next(path: str, asked: Sequence[tuple[str, str]], cursor: str | None, by: str = "cursor") -> str | None:
    """The address of the next page: what was asked for, from the cursor on, which the parameter `by` names."""
    if cursor is None:
        return None
    kept = [(name, value) for name, value in asked if name != by]
    return f"{path}?{urlencode([*kept, (by, cursor)])}"


def link_header(address: str | None) -> Mapping[str, str]:
    return {} if address is None else {"Link": f'<{address}>; rel="next"'}
