"""Is there a broker, and does it speak with us?"""

import socket
from collections.abc import Iterator

from clearance.doctor.checks import About
from clearance.doctor.installation import Installation
from clearance.kafka.diagnosis import why_not
from clearance.kafka.errors import NoBroker
from clearance.settings import InvalidSetting

CONNECT_SECONDS = 3.0


def unreachable(here: Installation) -> Iterator[About]:
    """Whether none of the servers takes a connection. Raises `InvalidSetting` where none is named."""
    servers = [server.strip() for server in here.bootstrap.split(",")]
    refused = [reason for server in servers if (reason := _refused(*_parts(server)))]
    if len(refused) == len(servers):
        yield {"servers": here.bootstrap, "reason": refused[0]}


def security(here: Installation) -> Iterator[About]:
    """Whether it speaks another way than our settings of TLS and SASL say, or those cannot be meant."""
    try:
        said = why_not(here.bootstrap)
    except InvalidSetting as error:
        said = str(error)
    if said:
        yield {"said": said}


def foreign(here: Installation) -> Iterator[About]:
    """Whether what takes connections there is no broker."""
    try:
        _ = here.cluster
    except NoBroker:
        yield {"servers": here.bootstrap}


def advertised(here: Installation) -> Iterator[About]:
    """Whether a broker sends its clients to where we cannot reach it."""
    for broker in here.cluster.brokers.values():
        if reason := _refused(broker.host, broker.port):
            yield {"id": str(broker.id), "at": f"{broker.host}:{broker.port}", "reason": reason}


def address_towards(server: str) -> str:
    """The address of this machine on the way to a server. Raises `OSError`."""
    with socket.create_connection(_parts(server), CONNECT_SECONDS) as connection:
        return str(connection.getsockname()[0])


def _parts(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else 0


def _refused(host: str | None, port: int) -> str:
    """Why nobody takes a connection there; "" if somebody does."""
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""
