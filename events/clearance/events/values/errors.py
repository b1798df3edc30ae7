"""The one way in which a message is refused, and the one in which a bug names its declaration."""

MAX_REASON = 300
"""Characters. What a message holds may be quoted in the reason, and messages are long."""


class InvalidMessage(ValueError):
    """The bytes cannot be a message of a known format; `reason` says what to do about it. Never retried."""

    def __init__(self, reason: str) -> None:
        self.reason = reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}…"
        super().__init__(self.reason)


class FailedOn(Exception):
    """A bug: this declaration could not be folded, or what it gave not be written. `position` is that of the input at
    which it happened, `__cause__` what happened."""

    def __init__(self, declaration: str, position: int) -> None:
        self.declaration, self.position = declaration, position
        super().__init__(f"{declaration} at {position}")
