"""How a command gets at the broker: named by a flag or the setting, and checked once."""

from typing import Annotated

import typer

from clearance.kafka.clients import silence
from clearance.kafka.ready import find_log, require_topics
from clearance.settings import load, needs_broker

Bootstrap = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker; else CLEARANCE_KAFKA_BOOTSTRAP_SERVERS.")
]


def broker(bootstrap: str | None) -> str:
    """The address of the broker with our topics, to which one leads that the log was moved away from. Raises
    `InvalidSetting` and `BrokerError`: one line, exit code 2."""
    named = needs_broker(load(kafka_bootstrap_servers=bootstrap))
    address = find_log(named).address or named
    require_topics(address)
    silence()
    return address
