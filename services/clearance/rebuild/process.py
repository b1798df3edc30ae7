"""The feeder as a process: makes the topics of the epoch, and feeds it until a signal."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.kafka import clients, epochs
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names
from clearance.kafka.ready import await_names, await_topics, led_on, require_topics
from clearance.kafka.topics import ensure, identify
from clearance.rebuild.archived import Archived
from clearance.rebuild.feeder import Fed, Feeder, PurgedMeanwhile
from clearance.rebuild.last_checkpoint import unended
from clearance.rebuild.pace import TrackerPace
from clearance.settings import Settings, needs_broker

log = structlog.get_logger()


Telling = Callable[[bool], AbstractContextManager[Callable[[Fed], None]]]
"""Given whether it has caught up, what is told of each stretch while it is entered."""


async def feed(settings: Settings, telling: Telling) -> None:
    """Feed the epoch of the settings until SIGTERM or SIGINT. Raises `BrokerError` and `NewerVersion`."""
    settings = led_on(settings)
    bootstrap, names = needs_broker(settings), await_names(settings)  # nothing else runs yet
    await_topics(settings, names.of_base)
    if (into := (await epochs.ask(bootstrap)).moving) is not None:
        raise BrokerError(f"epoch {names.epoch} would be fed from a log that goes: {unended(into)}")
    await asyncio.to_thread(_make_topics, bootstrap, names, settings.kafka_replication_factor)
    reader, told = clients.new_reader(bootstrap), clients.new_reader(bootstrap)
    producer = clients.new_producer(bootstrap)
    try:
        for client in (reader, told, producer):
            await client.start()
        archived = await _archived(settings, told, names.of_base)
        feeder = Feeder(reader, producer, names, TrackerPace(told, names), archived=archived)
        await feeder.begin(told)
        log.info("feeding", epoch=names.epoch, caught_up=feeder.caught_up, copied=sum(feeder.next.values()))
        with telling(feeder.caught_up) as tell:
            await feeder.run(stopped_by_signals(), tell)
    except (KafkaError, PurgedMeanwhile) as error:
        raise BrokerError(f"epoch {names.epoch} is not fed any further: {error}; start it again") from error
    finally:
        for client in (producer, reader, told):
            await client.stop()


async def _archived(settings: Settings, looking: AIOKafkaConsumer, base: Names) -> Archived | None:
    if not settings.archive_folder:
        return None
    inputs = {base.inputs: base.cards()[base.inputs]}
    identity = await asyncio.to_thread(identify, needs_broker(settings), inputs)
    return await Archived.open(looking, Path(settings.archive_folder), identity, base)


def _make_topics(bootstrap: str, names: Names, replication_factor: int) -> None:
    ensure(bootstrap, names.cards(), replication_factor=replication_factor, create=True)
    require_topics(bootstrap, names)


def stopped_by_signals() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
