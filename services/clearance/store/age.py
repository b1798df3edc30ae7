"""How old what the store holds is, also where two clocks disagree or one of them jumps."""

from collections.abc import Iterable
from datetime import datetime

from clearance.store.rows import Folded


class Ages:
    """Remembers since when each progress of one store has been known: no answer gets younger by a clock."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[datetime, float]] = {}

    def seconds(self, progress: Iterable[Folded], now: datetime, moment: float) -> float:
        """The age of the oldest; 0 without any. `moment` is now by the monotonic clock [s].

        A time of the future says that the clocks disagree, by so much at least, and so does its age; and what has been
        known for a while is no younger than that.
        """
        return max((self._age(one, now, moment) for one in progress), default=0.0)

    def _age(self, one: Folded, now: datetime, moment: float) -> float:
        told, since = self._known.get(one.partition, (None, moment))
        if told != one.wall_time:
            self._known[one.partition] = one.wall_time, moment
            since = moment
        return max(abs((now - one.wall_time).total_seconds()), moment - since)
