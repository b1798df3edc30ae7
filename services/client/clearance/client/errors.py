"""What may go wrong, as exceptions: `except` by class what your program treats alike, read `slug` for the exact reason.

The text says what is wrong and what to do, in the language that the client asks for.
"""

from collections.abc import Mapping
from typing import Any


class ClearanceError(Exception):
    """Any of them. `retry_after` is how long to wait before asking again [s], None where asking again does not help or
    nobody said."""

    retry_after: float | None = None


class Unreachable(ClearanceError):
    """There was no answer, or what answers is no API of clearance."""


class HoleInFeed(ClearanceError):
    """Changes are missing: one came that does not follow on what was told before it of the same declaration."""


class Refused(ClearanceError):
    """A problem by RFC 9457. `slug` is its name, `status` that of HTTP, `detail` what is wrong and what to do;
    `problem` is all that the API says."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.slug = str(problem.get("type", "")).rpartition("/")[2] or f"status-{status}"
        self.detail = str(problem.get("detail", "there is no answer now: ask again later"))
        super().__init__(f"{self.detail} ({self.slug})")


class SeveralDeclarations(Refused):
    """Several declarations carry the number: ask by the id of one. They stand in `problem["declarations"]`."""


class Unknown(Refused):
    """There is no such thing, or not for this key."""


class KeyRefused(Refused):
    """The key is missing, mistyped, unknown, expired or revoked."""


class NotAllowed(Refused):
    """The key is good and does not allow this."""


class Conflict(Refused):
    """A command that the declaration does not take, or that was overtaken."""


class HistoryMoved(Refused):
    """A place in pages or in the feed that no longer exists: start afresh."""


class TooMany(Refused):
    """The quota is used up; `retry_after` says until when."""


class Unavailable(Refused):
    """It cannot be answered now, and can be later."""


BY_STATUS: Mapping[int, type[Refused]] = {
    300: SeveralDeclarations,
    401: KeyRefused,
    403: NotAllowed,
    404: Unknown,
    408: Unavailable,
    409: Conflict,
    410: HistoryMoved,
    412: Conflict,
    429: TooMany,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
"""Any other refusal is a plain `Refused`: the question is wrong, or the server is."""
