"""Whether a stage may continue where its progress says: the same log, on the same cluster, without a hole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiokafka import AIOKafkaConsumer

from clearance.kafka import clients
from clearance.kafka.topics import Identity, made_anew


class CannotContinue(RuntimeError):
    """The state does not belong to this log, or to this version of the fold. The text says what to do."""


@dataclass(frozen=True)
class InputLog:
    """One partition of the log that a stage folds, as it is now. It holds offsets from `first` to before `after`."""

    topic: str
    partition: int
    cluster_id: str
    topic_id: str
    first: int
    after: int


async def input_log(reader: AIOKafkaConsumer, identity: Identity, topic: str, partition: int) -> InputLog:
    """The partition as the broker shows it. Raises what the broker raises."""
    first, after = await clients.ends(reader, topic, partition)
    return InputLog(
        topic=topic,
        partition=partition,
        cluster_id=identity.cluster_id,
        topic_id=identity.topic_ids[topic],
        first=first,
        after=after,
    )


def check_topics(before: Mapping[str, str], identity: Identity, means: Callable[[str], str]) -> None:
    """Whether the topics are those of `before`, their ids by name. Raises `CannotContinue`."""
    if (name := made_anew(before, identity.topic_ids)) is not None:
        raise anew_error(name, means)


def anew_error(name: str, means: Callable[[str], str]) -> CannotContinue:
    """A topic is another one; `means` says what of that, and what to do."""
    return CannotContinue(f"{name} was deleted and made again, {means(name)}")


class Told(Protocol):
    """What every progress says of the log that was folded."""

    @property
    def position(self) -> int: ...
    @property
    def cluster_id(self) -> str: ...
    @property
    def topic_id(self) -> str: ...


def check_log(log: InputLog, told: Told, progress_topic: str, *, stage: str, anew: str) -> None:
    """Whether `told`, from `progress_topic`, was written by `stage` for this log, and the log still holds what comes
    next. `anew` says what to do where nothing else helps. Raises `CannotContinue`."""
    if (told.cluster_id, told.topic_id) != (log.cluster_id, log.topic_id):
        raise CannotContinue(
            f"{progress_topic}:{log.partition} was written for cluster {told.cluster_id}, {log.topic} "
            f"{told.topic_id}; here are {log.cluster_id} and {log.topic_id}: point the {stage} at its own cluster, or "
            + anew
        )
    if not log.first <= told.position + 1 <= log.after:
        raise CannotContinue(
            f"{log.topic}:{log.partition} holds offsets {log.first} to {log.after - 1}, and offset "
            f"{told.position + 1} is to be folded next: records were lost or purged; restore the topic, or {anew}"
        )
