"""Where the log has what this client wrote lately, so that whatever it asks next has that in the answer.

The surprise: an answer that has it is no reason to forget it, since the next question may go to another replica. It is
forgotten after a minute, behind which no replica that works is.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import httpx

from clearance.client.errors import HistoryMoved
from clearance.client.steps import Steps, Wanted

T = TypeVar("T")
POSITION, PARAMETER = "Clearance-Position", "min_position"
OTHER_EPOCH = "position-of-another-epoch"
KEPT_SECONDS = 60.0
MOST = 20
"""Positions in one question: of more writes in a minute the last ones."""
WAIT_SECONDS = 10
"""How long an answer may wait for them."""


class Positions:
    """Of one client."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._held: deque[tuple[float, str]] = deque(maxlen=MOST)

    def __bool__(self) -> bool:
        return self._text() != ""

    def note(self, reply: httpx.Response) -> None:
        """What the answer tells, if it is one to something that was written."""
        if position := reply.headers.get(POSITION, ""):
            self._held.append((self._clock(), position))

    def asked(self, wanted: Wanted, question: Callable[[Wanted], Steps[T]]) -> Steps[T]:
        """The question, answered with them in it. Where history was folded anew they say nothing, and it is asked
        without."""
        try:
            return (yield from question(self._on(wanted)))
        except HistoryMoved as error:
            if error.slug != OTHER_EPOCH:
                raise
        self._held.clear()
        return (yield from question(wanted))

    def _on(self, wanted: Wanted) -> Wanted:
        text = self._text()
        if not text:
            return wanted
        waits = {"Prefer": f"wait={WAIT_SECONDS}", **wanted.headers}
        seconds = max(wanted.seconds, WAIT_SECONDS)
        return wanted._replace(params=(*wanted.params, (PARAMETER, text)), headers=waits, seconds=seconds)

    def _text(self) -> str:
        oldest = self._clock() - KEPT_SECONDS
        return ",".join(dict.fromkeys(position for at, position in [*self._held] if at >= oldest))
