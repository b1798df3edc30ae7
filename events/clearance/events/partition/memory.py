"""The states that a partition holds, each in one of three forms: decoded, as the bytes of its record, or as an offset.

Bytes: a restart reads hundreds of thousands of states of which few are touched soon, so each is decoded when it is
first asked for. An offset: a declaration that is over has left memory; its record lies there in `declaration-status`,
and is fetched before it is touched.
"""

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any

import msgspec

from clearance.events.step.declaration import Declaration

UNTOUCHED = -2
"""What `src` says of a state that has not been decoded: its position is not known, and -2 is no position."""


class Away(RuntimeError):
    """A state that is not in memory was touched. The caller must fetch it first; that it did not is a bug."""


class Unreadable(ValueError):
    """Bytes that should be a state cannot be decoded: another version or another program wrote them."""


class States(MutableMapping[str, Declaration]):
    """States by declaration id. `decode` makes a state of bytes; it raises `msgspec.DecodeError` for what is none."""

    def __init__(self, decode: Callable[[bytes], Declaration]) -> None:
        self.gone = 0  # states held as an offset
        self._held: dict[str, Declaration | bytes | int] = {}
        self._decode = decode

    def __getitem__(self, name: str) -> Declaration:
        """Raises `KeyError`, `Away`, `Unreadable`."""
        held = self._held[name]
        if type(held) is Declaration:
            return held
        state = self._held[name] = self._read(name, held)
        return state

    def get(self, name: str, default: Any = None) -> Any:
        """As a dictionary's, in one step where it is decoded, which is nearly always. Raises `Away`, `Unreadable`."""
        held = self._held.get(name)
        if type(held) is Declaration:
            return held
        return default if held is None else self[name]

    def __setitem__(self, name: str, state: Declaration) -> None:
        self._held[name] = state

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def remember(self, name: str, data: bytes) -> None:
        """Hold it as the value of its record."""
        self.gone -= type(self._held.get(name)) is int
        self._held[name] = data

    def send_away(self, name: str, place: int) -> None:
        """Know only the offset of its record."""
        self.gone += type(self._held.get(name)) is not int
        self._held[name] = place

    def away(self, names: Iterable[str]) -> dict[str, int]:
        """Of these names the states held as an offset, with their offsets: to be fetched before they are touched."""
        return {name: held for name in names if type(held := self._held.get(name)) is int}

    def src(self, name: str) -> int | None:
        """The position of the last input that changed it; None if it is away or not known."""
        held = self._held.get(name)
        return held.src if type(held) is Declaration else UNTOUCHED if type(held) is bytes else None

    def _read(self, name: str, held: Declaration | bytes | int) -> Declaration:
        if not isinstance(held, bytes):
            raise Away(f"{name} is not in memory; its record is at offset {held}")
        try:
            return self._decode(held)
        except (msgspec.DecodeError, TypeError) as error:
            raise Unreadable(f"the state of {name} cannot be read ({error})") from error
