"""What a client is to bring back unaltered: bytes as text for an address, and the refusal of what is none of ours."""

import base64

from clearance.api.problems import Problem, invalid


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    """Raises `ValueError` for what `text_of` never gives."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def refused(where: str, name: str, source: str) -> Problem:
    """For a parameter that was not given out here, and where it is to be taken from."""
    return invalid(where, name, "altered_token", source=source)
