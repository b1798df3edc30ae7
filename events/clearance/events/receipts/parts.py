"""What every codec makes alike of a receipt: its code, its id where the format gives none; and how long they may be."""

from zlib import crc32

from clearance.events.values.errors import InvalidMessage

MAX_CODE = 20
MAX_TEXT = 4000
MAX_DETAIL = 255
MAX_TIME = 32
MAX_CONVERSATION = 80
"""Characters."""


def code(field: str, value: str | None) -> str:
    """A code as it stands; an unknown one is a fact, an absurd one is refused. Raises `InvalidMessage`."""
    if not value:
        raise InvalidMessage(f"{field} is missing or empty: the message says nothing")
    if len(value) > MAX_CODE or not value.isprintable():
        raise InvalidMessage(f"{field} {value[:40]!r} is no code: at most {MAX_CODE} printable characters")
    return value


def conversation_id(value: str) -> str:
    """The id of a conversation, without blanks around it. Raises `ValueError` for what can be none."""
    value = value.strip()
    if not 0 < len(value) <= MAX_CONVERSATION or not value.isprintable():
        raise ValueError(f"{value[:40]!r} is no id of a conversation: 1 to {MAX_CONVERSATION} printable characters")
    return value


def receipt_id(code: str, time: str, number: str, text: str) -> str:
    """The id of a receipt whose format gives none: code and time as they stand, number and note hashed.

    It need only be unique within a declaration, among receipts of equal code and time: 32 bits are plenty.
    """
    return f"{code}-{time[:MAX_TIME]}-{crc32(f'{number} {text}'.encode()):08x}"
