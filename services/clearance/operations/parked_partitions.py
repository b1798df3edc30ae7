"""Partitions that are parked: which they are and why, and letting one go on."""

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.kafka import epochs
from clearance.kafka.clients import new_producer, write
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names
from clearance.kafka.places import Place
from clearance.kafka.set_aside_list import SetAsideList, read_set_aside_list
from clearance.kafka.wire import SetAsideLine, unparked_record
from clearance.operations.errors import OperationRefused
from clearance.operations.readers import reading


class ParkedPartition(NamedTuple):
    """`waits_at` is the input that cannot be read or folded; `mended` if a person has set it aside since."""

    partition: int
    waits_at: Place
    line: SetAsideLine
    mended: bool


async def parked_partitions(address: str, epoch: int | None = None) -> list[ParkedPartition]:
    """Those of an epoch; of the current one if none is named. Raises `BrokerError`."""
    async with reading(address) as reader:
        names = (await epochs.current(reader)).names(epoch)
        return parked_by(names, await lists_of_all(reader, names))


def parked_by(names: Names, lists: Mapping[int, SetAsideList]) -> list[ParkedPartition]:
    """Those that these lists, by partition, say to be parked."""
    return [one for number, held in lists.items() if (one := _parked(names, number, held))]


async def lists_of_all(reader: AIOKafkaConsumer, names: Names) -> dict[int, SetAsideList]:
    """What is not folded in an epoch, by partition. Takes the reader for itself."""
    return {number: await read_set_aside_list(reader, names, number) for number in names.numbers}


async def unpark(address: str, partition: int, epoch: int | None = None) -> ParkedPartition:
    """Let one go on; its tracker sees it within a second. Raises `BrokerError`, and `OperationRefused` if it is not
    parked."""
    async with reading(address) as reader:
        names = (await epochs.current(reader)).names(epoch)
        if partition not in names.numbers:
            raise OperationRefused(f"{names.inputs} has partitions 0 to {names.numbers[-1]}")
        found = _parked(names, partition, await read_set_aside_list(reader, names, partition))
    if found is None:
        raise OperationRefused(f"partition {partition} of {names.inputs} is not parked")
    await _take_back(address, names, partition)
    return found


def _parked(names: Names, number: int, held: SetAsideList) -> ParkedPartition | None:
    if held.parked is None:
        return None
    offset = held.parked.offset
    return ParkedPartition(number, Place(names.inputs, number, offset), held.parked, offset in held.reasons)


async def _take_back(address: str, names: Names, partition: int) -> None:
    producer = new_producer(address)
    try:
        await producer.start()
        await write(producer, names.set_aside, partition, [unparked_record(partition)])
    except KafkaError as error:
        raise BrokerError(f"{names.set_aside}:{partition} was not written: {error}") from error
    finally:
        await producer.stop()
