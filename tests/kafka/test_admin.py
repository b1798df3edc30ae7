"""Questions to a real broker that is started again between two of them."""

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.kafka.admin import Admin
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure


def test_who_has_asked_before_is_told_ends_by_a_broker_that_was_started_again(own_kafka: LocalKafka) -> None:
    ensure(own_kafka.bootstrap, {BASE.inputs: topics()[BASE.inputs]}, replication_factor=1, create=True)
    admin, place = Admin(own_kafka.bootstrap), (BASE.inputs, 0)
    assert admin.ends([place]) == {place: 0}
    own_kafka.kill()
    own_kafka.start()
    assert admin.ends([place]) == {place: 0}
