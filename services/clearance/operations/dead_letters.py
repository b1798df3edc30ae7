"""The dead letters of a broker: read, and chosen by stage, time and reason."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer
from pydantic import ValidationError

from clearance.contracts.models.dead_letter import DeadLetter
from clearance.kafka import epochs
from clearance.kafka.names import Names, epoch_of
from clearance.kafka.places import Place
from clearance.kafka.wire import read_dead_letter
from clearance.operations.errors import OperationRefused
from clearance.operations.readers import partition_records, read_place, reading

Stage = Literal["edge", "tracker", "operator"]


@dataclass(frozen=True)
class StoredLetter:
    """A dead letter: where it lies, since when, and the key of the input, "" without one."""

    place: Place
    set_aside_at: datetime
    key: str
    letter: DeadLetter

    @property
    def source(self) -> str:
        """Where the input lies in the log; "" if it never was in it."""
        letter = self.letter
        return "" if letter.partition is None else f"{letter.topic}:{letter.partition}:{letter.offset}"

    @property
    def heading(self) -> "StoredLetter":
        """The same without its bytes, of which there may be very many."""
        return replace(self, letter=self.letter.model_copy(update={"data": "", "headers": ()}))


@dataclass(frozen=True)
class LetterChoice:
    """Which dead letters are meant: all that agree with what is given."""

    stage: Stage | None = None
    since: datetime | None = None
    reason: str = ""

    def holds(self, stored: StoredLetter) -> bool:
        """Whether this one is meant."""
        return (
            self.stage in (None, stored.letter.stage)
            and (self.since is None or stored.set_aside_at >= self.since)
            and self.reason in stored.letter.reason
        )


@dataclass(frozen=True)
class ChosenLetters:
    """The letters that were meant, the oldest first; and of each record that is no dead letter, a line that says so."""

    letters: list[StoredLetter] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def holds_letters(topic: str) -> bool:
    """Whether this topic, of whatever epoch, is one of dead letters."""
    return topic == Names.of(epoch_of(topic)).dead_letters


def stored_letter(record: Any) -> StoredLetter:
    """A consumed record of the topic. Raises `OperationRefused` if it is no dead letter."""
    place = Place(record.topic, record.partition, record.offset)
    try:
        letter = read_dead_letter(record.value or b"")
    except ValidationError as error:
        raise OperationRefused(f"{place} is no dead letter: {error.errors(include_url=False)[0]['msg']}") from error
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return StoredLetter(place, at, (record.key or b"").decode("utf-8", "replace"), letter)


async def letters_at(address: str, places: Iterable[Place]) -> list[StoredLetter]:
    """The dead letters that lie there. Raises `OperationRefused` for the first place where none lies."""
    return [stored_letter(await read_place(address, place)) for place in places]


async def choose_letters(
    address: str, choice: LetterChoice, epoch: int | None = None, *, headings_only: bool = False
) -> ChosenLetters:
    """The letters of an epoch that are meant; of the current one if none is named. Raises `BrokerError`."""
    chosen = ChosenLetters()
    async with reading(address) as reader:
        names = (await epochs.current(reader)).names(epoch)
        async for record in _records(reader, names):
            try:
                stored = stored_letter(record)
            except OperationRefused as error:
                chosen.left_out.append(str(error))
                continue
            if choice.holds(stored) and (record.topic == names.dead_letters or stored.letter.stage == "edge"):
                chosen.letters.append(stored.heading if headings_only else stored)
    chosen.letters.sort(key=lambda stored: (stored.set_aside_at, stored.place))
    return chosen


async def _records(reader: AIOKafkaConsumer, names: Names) -> AsyncIterator[Any]:
    """What the edge refused never came to any epoch, and stands beside the base log for each."""
    for topic in {names.of_base.dead_letters: None, names.dead_letters: None}:
        for partition in names.numbers:
            async for record in partition_records(reader, topic, partition):
                yield record
