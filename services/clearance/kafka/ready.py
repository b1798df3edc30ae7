"""What every process asks before it begins: is the broker there, and are its topics as the cards say?"""

from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE, Names
from clearance.kafka.topics import Identity, ensure, identify


def require_topics(bootstrap: str, names: Names = BASE) -> Identity:
    """The ids of the cluster and of the topics that an epoch relies on; those of epoch 0, where inputs come in, must be
    there too.

    Raises `BrokerError` naming the first topic that is not as its card says.
    """
    report = ensure(bootstrap, {**BASE.cards(), **names.cards()}, replication_factor=1, create=False)
    for topic in report.topics:
        if topic.problems:
            raise BrokerError(f"topic {topic.name} {topic.problems[0]}")
    return identify(bootstrap, names.relied_on())
