"""The dead letters of a topic: read and chosen, for `clearance dlq`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from clearance.cli.broker import whole
from clearance.contracts.models.dead_letter import DeadLetter
from clearance.events.values.errors import InvalidMessage
from clearance.kafka.names import BASE, Names
from clearance.kafka.places import Place
from clearance.kafka.wire import read_dead_letter

Stage = Literal["edge", "tracker", "operator"]


@dataclass(frozen=True)
class Kept:
    """A dead letter: where it lies, since when, and the key of the input, "" without one."""

    place: Place
    set_aside_at: datetime
    key: str
    letter: DeadLetter

    @property
    def source(self) -> str:
        """Where the input lies in the log; "" if it never was in it."""
        one = self.letter
        return "" if one.partition is None else f"{one.topic}:{one.partition}:{one.offset}"

    @property
    def heading(self) -> "Kept":
        """The same without its bytes, of which there may be very many."""
        return replace(self, letter=self.letter.model_copy(update={"data": "", "headers": ()}))


@dataclass(frozen=True)
class Choice:
    """Which dead letters are meant: all that agree with what is given."""

    stage: Stage | None = None
    since: datetime | None = None
    reason: str = ""

    def holds(self, one: Kept) -> bool:
        """Whether this one is meant."""
        return (
            self.stage in (None, one.letter.stage)
            and (self.since is None or one.set_aside_at >= self.since)
            and self.reason in one.letter.reason
        )


def kept(record: Any) -> Kept:
    """A consumed record of the topic. Raises `InvalidMessage` if it is no dead letter."""
    where = Place(record.topic, record.partition, record.offset)
    try:
        letter = read_dead_letter(record.value or b"")
    except ValidationError as error:
        raise InvalidMessage(f"{where} is no dead letter: {error.errors(include_url=False)[0]['msg']}") from error
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return Kept(where, at, (record.key or b"").decode("utf-8", "replace"), letter)


async def chosen(reader: AIOKafkaConsumer, names: Names, choice: Choice) -> AsyncIterator[Kept | InvalidMessage]:
    """Those that are meant, partition by partition; and what stands in the topic and is none. What the edge refused
    never came to any epoch, and is meant in each."""
    for topic in {BASE.dead_letters: None, names.dead_letters: None}:
        for partition in range(BASE.cards()[BASE.dead_letters].partitions):
            async for record in whole(reader, topic, partition):
                try:
                    one = kept(record)
                except InvalidMessage as error:
                    yield error
                    continue
                if choice.holds(one) and (topic == names.dead_letters or one.letter.stage == "edge"):
                    yield one
