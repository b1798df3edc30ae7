"""Questions to a real broker that is started again between two of them."""

from collections.abc import Mapping
from contextlib import suppress

from tests.system.running import until

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka.admin import Admin
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure

PLACE = (BASE.inputs, 0)


def ends(admin: Admin) -> Mapping[tuple[str, int], int]:
    """Nothing while the broker knows of no leader yet."""
    with suppress(BrokerError):
        return admin.ends([PLACE])
    return {}


def test_who_has_asked_before_is_told_ends_by_a_broker_that_was_started_again(own_kafka: LocalKafka) -> None:
    ensure(own_kafka.bootstrap, {BASE.inputs: topics()[BASE.inputs]}, replication_factor=1, create=True)
    admin = Admin(own_kafka.bootstrap)
    assert ends(admin) == {PLACE: 0}
    own_kafka.kill()
    own_kafka.start()
    until(lambda: ends(admin) == {PLACE: 0}, "the end of the partition is told again", 20)
