"""Answers about one declaration, kept as bytes as long as nothing has changed of what they were made from.

The surprise: nothing is thrown away when a declaration changes. It is noted at which batch it did, and whoever finds an
answer looks whether that was later. So what was read from the store before a change, and came here after it, is not
taken for current either.
"""

from collections import OrderedDict
from typing import NamedTuple

from msgspec import Struct

from clearance.api.next_check import Step
from clearance.api.tail import Tail, Told
from clearance.api.words import Language
from clearance.store.viewer import Viewer

Headers = tuple[tuple[bytes, bytes], ...]
CURRENT_SECONDS = 0.5
"""How long ago the store may have been looked at; what is kept longer without looking is not answered."""
MOST_CHANGED = 200_000
"""How many changes are remembered; after so many, all answers are made anew."""
OVERHEAD_BYTES = 1_000
"""Of an answer, beside its body."""


class Asked(NamedTuple):
    """All that makes two answers differ: the number as it stands in the address, who asks, the language, whether in
    gzip."""

    number: bytes
    viewer: Viewer
    language: Language
    zipped: bool


class Answer(Struct, frozen=True):
    """An answer of status 200 and what makes a 304 of it. `number` is the batch up to which it holds for certain;
    `names` are the declaration and the numbers that may lead to it or to another; `headers` are those of both statuses,
    without what is told anew each time. `body` is None if only a 304 was ever asked for."""

    number: int
    partition: int
    step: Step
    names: tuple[str, ...]
    tag: bytes
    headers: Headers
    whole: Headers
    body: bytes | None

    @property
    def declaration(self) -> str:
        return self.names[0]

    @property
    def bytes(self) -> int:
        return OVERHEAD_BYTES + len(self.body or b"")


class KeptAnswers:
    """What is kept, at most so many bytes: those that nobody has asked for longest go first."""

    def __init__(self, tail: Tail, most_bytes: int) -> None:
        self._tail, self._most = tail, most_bytes
        self._answers: OrderedDict[Asked, Answer] = OrderedDict()
        self._changed: dict[str, int] = {}
        self._since, self.bytes = 0, 0
        tail.listeners.append(self._take)

    def moment(self) -> Told | None:
        """What is known of the store now; None if that is not current."""
        return self._tail.last if self._tail.age() < CURRENT_SECONDS else None

    def find(self, asked: Asked) -> Answer | None:
        """The answer, if nothing has changed of it up to now."""
        answer = self._answers.get(asked)
        if answer is None:
            return None
        if answer.number < self._since or any(self._changed.get(name, -1) > answer.number for name in answer.names):
            self._forget(asked)
            return None
        self._answers.move_to_end(asked)
        return answer

    def keep(self, asked: Asked, answer: Answer, begun: Told) -> None:
        """An answer whose reading began at that moment, unless all may have changed since."""
        last = self._tail.last
        if last is None or last.store is not begun.store or answer.number < self._since:
            return
        self._forget(asked)
        self._answers[asked] = answer
        self.bytes += answer.bytes
        while self.bytes > self._most:
            self._forget(next(iter(self._answers)))

    def _forget(self, asked: Asked) -> None:
        if (answer := self._answers.pop(asked, None)) is not None:
            self.bytes -= answer.bytes

    def _take(self, told: Told) -> None:
        """Note what has changed."""
        if told.batch is None or len(self._changed) > MOST_CHANGED:
            self._answers.clear()
            self._changed.clear()
            self._since, self.bytes = told.number, 0
        if told.batch is not None:
            for state in told.batch.states:
                self._changed[state.declaration] = told.number
                self._changed.update(dict.fromkeys(state.numbers, told.number))
