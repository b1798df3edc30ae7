"""What every process asks before it begins: is the broker there, where is the base log, are the topics as cards say?"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from clearance.contracts.cards import Card
from clearance.kafka.admin import Admin
from clearance.kafka.epochs import NO_SWITCH, Current, EpochOver, ask
from clearance.kafka.errors import BrokerError, NoBroker
from clearance.kafka.names import EPOCHS, Names
from clearance.kafka.topics import Identity, ensure, identify
from clearance.settings import Settings, needs_broker
from clearance.settings.waiting import wait_for

log = structlog.get_logger()


def find_log(bootstrap: str) -> Current:
    """Which epoch is current, and where the base log is: as before any switch while no topic tells. Also from within an
    event loop, which stands still meanwhile. Raises `BrokerError`."""
    if EPOCHS not in Admin(bootstrap).metadata().topics:
        return NO_SWITCH
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(lambda: asyncio.run(ask(bootstrap))).result()


def find_names(bootstrap: str, epoch: int) -> Names:
    """The topics of an epoch of this cluster. Raises `BrokerError`, of which `EpochOver` is one."""
    found = find_log(bootstrap)
    names = found.names(epoch)
    if found.address:
        raise EpochOver(
            f"the log was moved to the cluster at {found.address}: set CLEARANCE_KAFKA_BOOTSTRAP_SERVERS to that"
        )
    return names


def led_on(settings: Settings) -> Settings:
    """The settings of a process that is to run for long, with the address of the cluster on which the base log is: one
    that it was moved away from leads there, while it runs. Raises as `await_topics`."""
    bootstrap = needs_broker(settings)
    found = wait_for("broker", partial(find_log, bootstrap), NoBroker, settings.start_wait_seconds)
    if not found.address:
        return settings
    log.warning(
        "led on: the log was moved to another cluster",
        named=bootstrap,
        instead=found.address,
        do=f"set CLEARANCE_KAFKA_BOOTSTRAP_SERVERS to {found.address} before {bootstrap} is switched off",
    )
    return settings.model_copy(update={"kafka_bootstrap_servers": found.address})


def await_names(settings: Settings) -> Names:
    """The topics of the epoch of the settings, for a process that is to run for long: a broker that is away is waited
    for. Raises as `await_topics`."""
    ask_for = partial(find_names, needs_broker(settings), settings.epoch)
    return wait_for("broker", ask_for, NoBroker, settings.start_wait_seconds)


def require_topics(bootstrap: str, names: Names | None = None, relied_on: Mapping[str, Card] | None = None) -> Identity:
    """The ids of the cluster and of the topics that a process relies on, which are the tracker's unless others are
    named. Those of the base log, where inputs come in, must be there too; no others need to, if no epoch is named.

    Raises `BrokerError` naming the first topic that is not as its card says.
    """
    address = bootstrap
    if names is None:
        found = find_log(bootstrap)
        address, names = found.address or bootstrap, found.names().of_base
    report = ensure(address, {**names.of_base.cards(), **names.cards()}, replication_factor=1, create=False)
    for topic in report.topics:
        if topic.problems:
            raise BrokerError(f"topic {topic.name} {topic.problems[0]}")
    return identify(address, relied_on or names.relied_on())


def await_topics(
    settings: Settings, names: Names | None = None, relied_on: Mapping[str, Card] | None = None
) -> Identity:
    """The same for a process that is to run for long: a broker that is away is waited for.

    Raises `InvalidSetting` if no broker is named, `BrokerError` as above and if it stays away.
    """
    ask = partial(require_topics, needs_broker(settings), names, relied_on)
    return wait_for("broker", ask, NoBroker, settings.start_wait_seconds)
