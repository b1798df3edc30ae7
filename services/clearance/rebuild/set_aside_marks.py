"""What was set aside in the epoch that is answered from, by its place in the base log: a copy of it says so itself."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer

from clearance.events.log.input_records import QUIET, SET_ASIDE
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.set_aside_list import read_set_aside_list
from clearance.kafka.unreadable import UnreadableBatch
from clearance.rebuild.copying import origin_of

Headers = Sequence[tuple[str, bytes]]


class Aside:
    """Reasons by place in the base log; `names` are those of the epoch that is answered from. `reader` is its own."""

    def __init__(self, reader: AIOKafkaConsumer, names: Names) -> None:
        self._reader, self._names = reader, names
        self.reasons: dict[tuple[int, int], str] = {}

    async def read(self) -> None:
        """The lists of all partitions, as they are now."""
        for number in self._names.numbers:
            held = await read_set_aside_list(self._reader, self._names, number)
            for offset, reason in held.reasons.items():
                if (place := await self._in_base(number, offset)) is not None:
                    self.reasons[number, place] = reason

    async def _in_base(self, number: int, offset: int) -> int | None:
        """Where that input lies in the base log; None for what a later epoch has derived itself, or nobody can read."""
        if self._names.is_base:
            return offset
        stretch = clients.read_stretch(self._reader, self._names.inputs, number, offset, offset + 1)
        try:
            return next((origin_of(one.headers) for some in [some async for some in stretch] for one in some), None)
        except UnreadableBatch:
            return None

    def marks(self, number: int, offset: int, quiet: bool) -> Headers:
        """The headers of a copy: that it was set aside, and that nobody is to be notified of what follows from it."""
        reason = self.reasons.get((number, offset))
        return [*([(SET_ASIDE, reason.encode())] if reason else []), *([("quiet", QUIET.encode())] if quiet else [])]

    async def after(self, error: UnreadableBatch) -> int:
        """Where to read on behind a batch that cannot be read; raises the error if nobody has set it aside."""
        base = self._names.of_base
        held = await read_set_aside_list(self._reader, base, error.partition)
        if (start := held.after(error.offset)) == error.offset:
            raise error
        return start
