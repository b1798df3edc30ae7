"""The embedded broker: librdkafka's mock cluster, out of the confluent-kafka package, in a thread of this process.

It speaks the Kafka protocol on a loopback port that it picks, and keeps messages in memory only. The surprise: Python
has no way in, so its C functions are called through ctypes; they come with the extension module of confluent-kafka.
"""

import ctypes
from collections.abc import Iterable
from functools import cache
from types import TracebackType
from typing import Any, Self

import confluent_kafka
from confluent_kafka import cimpl

from clearance.contracts.cards import Card
from clearance.kafka.errors import BrokerError

LIMITS = (
    "messages are kept in memory only and are gone when it stops",
    "each partition holds its newest 5 MiB as sent; what is older is dropped, whatever the card says",
    "nothing is compacted: `clearance up` appends the last record of each key again before it is dropped",
    "no policy can be set, read or verified",
    "topics are those of the cards, made at its start; none can be created, altered or deleted",
    "a name without a card becomes a topic of 4 partitions as soon as a client asks for it",
    "a group has one member; after that was killed the next waits for twice its session timeout",
)
"""What cannot be had there, in words for users."""

_PRODUCER, _BROKERS, _NODE = 0, 1, 1
_HANDLE, _TEXT, _INT, _SIZE = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {  # result and arguments, as in rdkafka.h and rdkafka_mock.h
    "rd_kafka_conf_new": (_HANDLE, ()),
    "rd_kafka_conf_set": (_INT, (_HANDLE, _TEXT, _TEXT, _TEXT, _SIZE)),
    "rd_kafka_new": (_HANDLE, (_INT, _HANDLE, _TEXT, _SIZE)),
    "rd_kafka_destroy": (None, (_HANDLE,)),
    "rd_kafka_mock_cluster_new": (_HANDLE, (_HANDLE, _INT)),
    "rd_kafka_mock_cluster_destroy": (None, (_HANDLE,)),
    "rd_kafka_mock_cluster_bootstraps": (_TEXT, (_HANDLE,)),
    "rd_kafka_mock_set_controller_id": (None, (_HANDLE, ctypes.c_int32)),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, (_HANDLE, ctypes.c_int32)),
    "rd_kafka_mock_topic_create": (_INT, (_HANDLE, _TEXT, _INT, _INT)),
}


class EmbeddedBroker:
    """Runs from its construction until `stop` or the end of the process; `bootstrap` is its address, `host:port`.

    Its topics are those of the cards. Raises `BrokerError`.
    """

    def __init__(self, cards: Iterable[Card]) -> None:
        self._library = _library()
        self._client = self._new_client()
        self._cluster: int | None = self._library.rd_kafka_mock_cluster_new(self._client, _BROKERS)
        if self._cluster is None:
            raise BrokerError("the embedded broker cannot listen on 127.0.0.1; name a broker of your own instead")
        self._library.rd_kafka_mock_set_controller_id(self._cluster, _NODE)
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        for card in cards:
            self._create(card)
        self.bootstrap: str = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def _new_client(self) -> int:
        """The client that librdkafka wants to hang the cluster on; it never connects, and says so below level 3."""
        why = ctypes.create_string_buffer(512)
        configuration = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(configuration, b"log_level", b"3", why, len(why))
        client: int | None = self._library.rd_kafka_new(_PRODUCER, configuration, why, len(why))
        if client is None:
            raise BrokerError(f"the embedded broker does not start: {why.value.decode(errors='replace')}")
        return client

    def _create(self, card: Card) -> None:
        if code := self._library.rd_kafka_mock_topic_create(self._cluster, card.name.encode(), card.partitions, 1):
            raise BrokerError(f"the embedded broker does not create {card.name}: librdkafka error {code}")

    def stop(self) -> None:
        """End it, with all its messages; a second time does nothing."""
        if self._cluster is not None:
            self._library.rd_kafka_mock_cluster_destroy(self._cluster)
            self._library.rd_kafka_destroy(self._client)
            self._cluster = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(cimpl.__file__)
    for name, (result, arguments) in _FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise BrokerError(
                f"confluent-kafka {confluent_kafka.__version__} has no {name}, which the embedded broker needs: "
                "install the locked version with `make setup`, or name a broker of your own"
            ) from error
        function.restype, function.argtypes = result, arguments
    return library
