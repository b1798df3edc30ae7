"""The states that a partition holds, each in one of three forms: decoded, as the bytes of its record, or away.

Bytes: a restart reads hundreds of thousands of states of which few are touched soon, so each is decoded when it is
first asked for. Away: a declaration that is over has left memory; the index says where in `declaration-status` its
record lies, and it is fetched before it is touched.
"""

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any

import msgspec

from clearance.events.partition.index import Index
from clearance.events.step.declaration import Declaration

UNTOUCHED = -2
"""What `src` says of a state that has not been decoded: its position is not known, and -2 is no position."""


class Away(RuntimeError):
    """A state that is not in memory was touched. The caller must fetch it first; that it did not is a bug."""


class Unreadable(ValueError):
    """Bytes that should be a state cannot be decoded: another version or another program wrote them."""


class States(MutableMapping[str, Declaration]):
    """States by declaration id; those that are away are neither counted nor listed.

    `decode` makes a state of bytes; it raises `msgspec.DecodeError` for what is none. Who lets a state go has entered
    it into `index`.
    """

    def __init__(self, decode: Callable[[bytes], Declaration], index: Index) -> None:
        self.index = index
        self._held: dict[str, Declaration | bytes] = {}
        self._unknown: set[str] = set()  # those that were asked for last, and that nobody has followed before
        self._decode = decode

    def __getitem__(self, name: str) -> Declaration:
        """Raises `KeyError`, `Away`, `Unreadable`."""
        held = self._held.get(name)
        if type(held) is Declaration:
            return held
        if not isinstance(held, bytes):
            self._must_be_unknown(name)
            raise KeyError(name)
        state = self._held[name] = self._read(name, held)
        return state

    def get(self, name: str, default: Any = None) -> Any:
        """As a dictionary's, in one step where it is decoded, which is nearly always. Raises `Away`, `Unreadable`."""
        held = self._held.get(name)
        if type(held) is Declaration:
            return held
        if held is None:
            self._must_be_unknown(name)
            return default
        return self[name]

    def __setitem__(self, name: str, state: Declaration) -> None:
        self._held[name] = state

    def __delitem__(self, name: str) -> None:
        """It is away from now on."""
        del self._held[name]
        self._unknown.discard(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def remember(self, name: str, data: bytes) -> None:
        """Hold it as the value of its record."""
        self._held[name] = data

    def away(self, names: Iterable[str]) -> dict[str, int]:
        """Of these names the states that are away, with the offsets of their records: to be fetched before they are
        touched."""
        asked = {name for name in names if name not in self._held}
        found = self.index.find(asked)
        self._unknown = asked - found.keys()
        return {name: entry.place for name, entry in found.items()}

    @property
    def gone(self) -> int:
        """How many are away."""
        return max(0, len(self.index) - len(self._held))

    def src(self, name: str) -> int | None:
        """The position of the last input that changed it; None if it is away or not known."""
        held = self._held.get(name)
        return held.src if type(held) is Declaration else UNTOUCHED if type(held) is bytes else None

    def _must_be_unknown(self, name: str) -> None:
        if name not in self._unknown and (entry := self.index.find((name,)).get(name)):
            raise Away(f"{name} is not in memory; its record is at offset {entry.place}")

    def _read(self, name: str, held: bytes) -> Declaration:
        try:
            return self._decode(held)
        except (msgspec.DecodeError, TypeError) as error:
            raise Unreadable(f"the state of {name} cannot be read ({error})") from error
