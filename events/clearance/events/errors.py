"""The one way in which a message is refused."""

MAX_REASON = 300
"""Characters. What a message holds may be quoted in the reason, and messages are long."""


class InvalidMessage(ValueError):
    """The bytes cannot be a message of a known format; `reason` says what to do about it. Never retried."""

    def __init__(self, reason: str) -> None:
        self.reason = reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}…"
        super().__init__(self.reason)
