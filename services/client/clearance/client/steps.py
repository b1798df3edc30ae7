"""What is to be done, said without doing it: a question is a generator of steps, the same for both clients.

It yields a `Wanted` and is sent the response or thrown the error of httpx, yields a `Pause`, yields a `Tell` for
whoever iterates, and returns the answer. `blocking.py` and `asynchronous.py` do it, each in its way.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Wanted(NamedTuple):
    """A request, which may be sent several times. `seconds` is how long the answer may take beyond the usual; `content`
    is a body that is no JSON."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = {}
    method: str = "GET"
    json: Mapping[str, Any] | None = None
    content: bytes | None = None
    seconds: float = 0.0


class Pause(NamedTuple):
    """Nothing, for so long."""

    seconds: float


class Tell(NamedTuple):
    """Something for whoever iterates."""

    item: Any


Steps = Generator[Wanted | Pause, Any, T]
"""To one answer."""
Telling = Generator[Wanted | Pause | Tell, Any, None]
"""To as many as are taken."""


class Walk(Generic[T]):
    """Steps, one after the other. `step` is what is to be done now, None at the end; then there is the `result`."""

    result: T

    def __init__(self, steps: Generator[Wanted | Pause | Tell, Any, T]) -> None:
        self._steps = steps
        self.step: Wanted | Pause | Tell | None = None
        self._move(lambda: next(steps))

    def done(self, outcome: Any = None) -> None:
        """The step is done, with this outcome."""
        self._move(lambda: self._steps.send(outcome))

    def failed(self, error: Exception) -> None:
        """The step has failed."""
        self._move(lambda: self._steps.throw(error))

    def end(self) -> None:
        """No further step is wanted."""
        self._steps.close()

    def _move(self, move: Callable[[], Wanted | Pause | Tell]) -> None:
        try:
            self.step = move()
        except StopIteration as end:
            self.step, self.result = None, end.value
