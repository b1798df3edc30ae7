"""What every process asks before it begins: is the broker there, and are its topics as the cards say?"""

from collections.abc import Mapping
from functools import partial

from clearance.contracts.cards import Card
from clearance.kafka.errors import BrokerError, NoBroker
from clearance.kafka.names import BASE, Names
from clearance.kafka.topics import Identity, ensure, identify
from clearance.settings import Settings, needs_broker
from clearance.settings.waiting import wait_for


def require_topics(bootstrap: str, names: Names = BASE, relied_on: Mapping[str, Card] | None = None) -> Identity:
    """The ids of the cluster and of the topics that a process relies on, which are the tracker's unless others are
    named. Those of epoch 0, where inputs come in, must be there too.

    Raises `BrokerError` naming the first topic that is not as its card says.
    """
    report = ensure(bootstrap, {**BASE.cards(), **names.cards()}, replication_factor=1, create=False)
    for topic in report.topics:
        if topic.problems:
            raise BrokerError(f"topic {topic.name} {topic.problems[0]}")
    return identify(bootstrap, relied_on or names.relied_on())


def await_topics(settings: Settings, names: Names = BASE, relied_on: Mapping[str, Card] | None = None) -> Identity:
    """The same for a process that is to run for long: a broker that is away is waited for.

    Raises `InvalidSetting` if no broker is named, `BrokerError` as above and if it stays away.
    """
    ask = partial(require_topics, needs_broker(settings), names, relied_on)
    return wait_for("broker", ask, NoBroker, settings.start_wait_seconds)
