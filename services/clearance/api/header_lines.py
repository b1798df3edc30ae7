"""Headers that are told again and again: in pairs, as the application sends them, and as the lines of HTTP/1.1."""

from collections.abc import Sequence

from msgspec import Struct

Headers = tuple[tuple[bytes, bytes], ...]


class Lines(Struct, frozen=True):
    """The same headers in both forms."""

    pairs: Headers
    raw: bytes


def lines(pairs: Headers) -> Lines:
    """Both forms, written once."""
    return Lines(pairs, written(pairs))


def written(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A line for each."""
    return b"".join([b"%b: %b\r\n" % one for one in pairs])


class Repeated:
    """The lines of a list that somebody replaces now and then, and does not change."""

    def __init__(self) -> None:
        self._of: Sequence[tuple[bytes, bytes]] = ()
        self._raw = b""

    def written(self, pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
        if pairs is not self._of:
            self._of, self._raw = pairs, written(pairs)
        return self._raw
