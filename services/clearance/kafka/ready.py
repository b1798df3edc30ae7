"""What every process asks before it begins: is the broker there, and are its topics as the cards say?"""

from clearance.contracts import topics
from clearance.kafka.errors import BrokerError
from clearance.kafka.topics import Identity, ensure, identify


def require_topics(bootstrap: str) -> Identity:
    """The ids of cluster and topics. Raises `BrokerError` naming the first topic that is not as its card says."""
    report = ensure(bootstrap, topics(), replication_factor=1, create=False)
    for topic in report.topics:
        if topic.problems:
            raise BrokerError(f"topic {topic.name} {topic.problems[0]}")
    return identify(bootstrap)
