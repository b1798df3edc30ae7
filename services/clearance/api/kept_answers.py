"""Answers kept as bytes as long as nothing has changed of what they were made from: of one declaration, or a page.

The surprise: nothing is thrown away when a declaration changes. It is noted at which batch it did, and whoever finds an
answer looks whether that was later. So what was read from the store before a change, and came here after it, is not
taken for current either.
"""

from collections import OrderedDict
from typing import NamedTuple

from msgspec import Struct

from clearance.api.header_lines import Lines
from clearance.api.next_check import Step
from clearance.api.tail import Tail, Told
from clearance.api.words import Language
from clearance.store.applied import NewState
from clearance.store.viewer import EVERYBODY, Viewer

CURRENT_SECONDS = 0.5
"""How long ago the store may have been looked at; what is kept longer without looking is not answered."""
MOST_CHANGED = 200_000
"""How many changes are remembered; after so many, all answers are made anew."""
OVERHEAD_BYTES, BODY_OVERHEAD_BYTES = 1_200, 200
"""Of an answer without its body, and of a body beside its bytes."""


class Asked(NamedTuple):
    """All that makes two answers differ: the address as it is written, who asks, the language, whether in gzip."""

    address: bytes
    viewer: Viewer
    language: Language
    zipped: bool


class Answer(Struct, frozen=True):
    """What makes a 304 of an answer, and a 200 with its body. `number` is the batch up to which it holds for certain;
    `names` are the declarations it speaks of, the one that was asked for first, and the numbers that may lead to it or
    to another. `headers` are those of both statuses, without what is told anew each time, `whole` those of a 200.

    A page bears no `step`, no `partition` and no `tag`. It holds until anything changes that its viewer sees."""

    number: int
    partition: int | None
    step: Step | None
    names: tuple[str, ...]
    tag: bytes
    headers: Lines
    whole: Lines

    @property
    def declaration(self) -> str:
        """The one that was asked for; "" for a page."""
        return "" if self.step is None else self.names[0]


class KeptAnswers:
    """What is kept, at most so many bytes. Bodies go first, then answers; of each those that nobody has asked for
    longest."""

    def __init__(self, tail: Tail, most_bytes: int) -> None:
        self._tail, self._most = tail, most_bytes
        self._answers: OrderedDict[Asked, Answer] = OrderedDict()
        self._bodies: OrderedDict[Asked, bytes] = OrderedDict()
        self._changed: dict[str, int] = {}
        self._since, self._last_change, self.bytes = 0, 0, 0
        tail.listeners.append(self._take)

    def moment(self) -> Told | None:
        """What is known of the store now; None if that is not current."""
        return self._tail.last if self._tail.age() < CURRENT_SECONDS else None

    def find(self, asked: Asked) -> Answer | None:
        """The answer, if nothing has changed of it up to now."""
        answer = self._answers.get(asked)
        if answer is None:
            return None
        if answer.number < self._last_change and self._is_over(asked, answer):
            self._forget(asked)
            return None
        self._answers.move_to_end(asked)
        return answer

    def body(self, asked: Asked) -> bytes | None:
        """That of the answer that was found, if it is kept."""
        body = self._bodies.get(asked)
        if body is not None:
            self._bodies.move_to_end(asked)
        return body

    def keep(self, asked: Asked, answer: Answer, body: bytes | None, begun: Told) -> None:
        """An answer whose reading began at that moment, unless all may have changed since; `body` if it was a 200."""
        last = self._tail.last
        if last is None or last.store is not begun.store or answer.number < self._since:
            return
        self._forget(asked)
        self._answers[asked] = answer
        self.bytes += OVERHEAD_BYTES
        if body is not None:
            self._bodies[asked] = body
            self.bytes += BODY_OVERHEAD_BYTES + len(body)
        while self.bytes > self._most:
            self._make_room()

    def _is_over(self, asked: Asked, answer: Answer) -> bool:
        """Whether something has changed that it was made from."""
        looked_at = answer.names if answer.step is not None else (*answer.names, *_whatever(asked.viewer))
        changed, number = self._changed, answer.number
        return number < self._since or any(changed.get(name, -1) > number for name in looked_at)

    def _make_room(self) -> None:
        if self._bodies:
            self._forget_body(next(iter(self._bodies)))
        else:
            self._forget(next(iter(self._answers)))

    def _forget(self, asked: Asked) -> None:
        self._forget_body(asked)
        if self._answers.pop(asked, None) is not None:
            self.bytes -= OVERHEAD_BYTES

    def _forget_body(self, asked: Asked) -> None:
        if (body := self._bodies.pop(asked, None)) is not None:
            self.bytes -= BODY_OVERHEAD_BYTES + len(body)

    def _take(self, told: Told) -> None:
        """Note what has changed."""
        if told.batch is None or told.batch.expectations or len(self._changed) > MOST_CHANGED:
            for held in (self._answers, self._bodies, self._changed):
                held.clear()
            self._since, self._last_change, self.bytes = told.number, told.number, 0
        if told.batch is not None and told.batch.states:
            self._last_change = told.number
            for state in told.batch.states:
                self._changed.update(dict.fromkeys(_names(state), told.number))


def _names(state: NewState) -> tuple[str, ...]:
    """Under which a change is looked for."""
    return (state.declaration, *state.numbers, *state.parties, *state.former, ANYTHING)


def _whatever(viewer: Viewer) -> tuple[str, ...]:
    """Under which any change is looked for that the viewer may see."""
    return (ANYTHING,) if viewer == EVERYBODY else viewer.identifiers


ANYTHING = "*"
"""No declaration, number or identifier is called so."""
