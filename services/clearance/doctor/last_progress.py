"""How far the log is folded, by what the trackers told last, beside the log as it is."""

from collections.abc import Mapping
from typing import NamedTuple

from clearance.events.log.progress import Progress
from clearance.kafka.names import Names
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.topics import Identity
from clearance.operations.readers import reading
from clearance.stages.log_checks import InputLog, input_log


class Latest(NamedTuple):
    """By partition: the last progress, of those that have any, and the inputs."""

    progress: Mapping[int, Progress]
    inputs: Mapping[int, InputLog]

    def waiting(self, partition: int) -> int:
        """How many inputs of a partition are not folded yet."""
        log, told = self.inputs[partition], self.progress.get(partition)
        return log.after - (told.position + 1 if told else log.first)


async def latest(bootstrap: str, names: Names, identity: Identity) -> Latest:
    """As they are now. Raises `BrokerError`, and `NewerVersion` for what a later version has told."""
    numbers = names.numbers
    async with reading(bootstrap) as reader:
        told = {number: await progress_of(reader, names, number) for number in numbers}
        inputs = {number: await input_log(reader, identity, names.inputs, number) for number in numbers}
    return Latest({number: one for number, one in told.items() if one is not None}, inputs)
