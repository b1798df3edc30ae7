"""Why a broker that listens does not talk with us: which setting is wrong, in one line.

The surprise: one request tells it all. A listener with SASL answers a handshake with the mechanisms that it has, one
without it answers that there is none, and one that speaks TLS in plain text, or the other way round, hangs up.
"""

import asyncio
import socket
import ssl
import struct
from typing import NamedTuple

from aiokafka.conn import create_conn
from aiokafka.errors import AuthenticationFailedError, KafkaError, SaslAuthenticationFailed
from aiokafka.protocol.admin import ApiVersionRequest

from clearance.kafka import security
from clearance.kafka.clients import silence
from clearance.settings import Settings

SECONDS = 3.0
"""How long a listener may take for each try."""
NO_SASL_HERE = 34
"""Kafka's ILLEGAL_SASL_STATE."""
PROTOCOL, MECHANISM = "CLEARANCE_KAFKA_SECURITY_PROTOCOL", "CLEARANCE_KAFKA_SASL_MECHANISM"
LARGEST_ANSWER = 10_000
"""Bytes of an answer that names mechanisms, at most; what is larger is none."""


class Offer(NamedTuple):
    """What a listener answers to a handshake: whether it has SASL, and with which mechanisms."""

    sasl: bool
    mechanisms: tuple[str, ...]


def why_not(bootstrap: str) -> str:
    """What is wrong and what to do, of the first server that shows it; empty if nothing does, as where nobody listens.

    Takes some seconds at most. Raises `InvalidSetting`.
    """
    silence()
    found, context = security.settings(), security.tls()
    servers = [server.strip().rpartition(":") for server in bootstrap.split(",")]
    told = (_why_not(found, context, host.strip("[]"), int(port)) for host, _, port in servers if port.isdecimal())
    return next(filter(None, told), "")


def _why_not(found: Settings, context: ssl.SSLContext | None, host: str, port: int) -> str:
    at = f"the broker at {host}:{port}"
    try:
        offer = _ask(found, context, host, port)
    except ssl.SSLCertVerificationError as error:
        return f"{at} {_certificate(error, host)}"
    except ConnectionRefusedError:
        return ""
    except OSError as error:
        return _silence(found, context, host, port, error)
    if offer.sasl != (found.kafka_security_protocol in security.SASL):
        return f"{at} {_other_sasl(offer, context)}"
    if offer.sasl and found.kafka_sasl_mechanism not in offer.mechanisms:
        has = ", ".join(offer.mechanisms)
        return f"{at} has no {found.kafka_sasl_mechanism}, it has {has}: set {MECHANISM} to one of these"
    return asyncio.run(_refusal(found, host, port)) if offer.sasl else ""


def _ask(found: Settings, context: ssl.SSLContext | None, host: str, port: int) -> Offer:
    """Raises `OSError`, of which TLS errors and timeouts are some, if there is no answer."""
    name = (found.kafka_sasl_mechanism or "PLAIN").encode()
    request = struct.pack(">hhih", 17, 1, 1, -1) + struct.pack(">h", len(name)) + name  # SaslHandshake, version 1
    with _connected(host, port, context) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", _exactly(connection, 4))
        if not 10 <= size <= LARGEST_ANSWER:
            raise ConnectionError("it answers in another protocol")
        return _offer(_exactly(connection, size))


def _connected(host: str, port: int, context: ssl.SSLContext | None) -> socket.socket:
    plain = socket.create_connection((host, port), SECONDS)
    try:
        return context.wrap_socket(plain, server_hostname=host) if context else plain
    except BaseException:
        plain.close()
        raise


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        if not (more := connection.recv(count - len(found))):
            raise ConnectionError("it hung up")
        found += more
    return found


def _offer(answer: bytes) -> Offer:
    error, count = struct.unpack(">hi", answer[4:10])
    mechanisms, rest = [], answer[10:]
    for _ in range(max(0, count)):
        end = 2 + int.from_bytes(rest[:2])
        mechanisms.append(rest[2:end].decode())
        rest = rest[end:]
    return Offer(error != NO_SASL_HERE, tuple(mechanisms))


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    """By the numbers of OpenSSL (x509_vfy.h)."""
    known = {
        9: "shows a certificate that is not valid yet: look at the clocks",
        10: "shows a certificate that has expired: renew it",
        62: f"shows a certificate for other host names than {host}: name the broker as its certificate does",
        64: f"shows a certificate for other addresses than {host}: name the broker as its certificate does",
    }
    unknown = f"shows a certificate that no known authority has signed ({error.verify_message})"
    return known.get(error.verify_code, f"{unknown}: set CLEARANCE_KAFKA_CA_FILE to the PEM of its authority")


def _silence(found: Settings, context: ssl.SSLContext | None, host: str, port: int, error: OSError) -> str:
    """Nothing that we understand: does it speak the other way?"""
    at, sasl = f"the broker at {host}:{port}", found.kafka_security_protocol in security.SASL
    if context is None:
        wanted = "SASL_SSL" if sasl else "SSL"
        return f"{at} speaks TLS, and we plain text: set {PROTOCOL} to {wanted}" if _has_tls(host, port) else ""
    if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or ""):
        own = "CLEARANCE_KAFKA_CERTIFICATE_FILE and CLEARANCE_KAFKA_KEY_FILE"
        return f"{at} ends the TLS handshake ({error.reason}): it may ask for a certificate of ours, in {own}"
    try:
        _ask(found, None, host, port)
    except OSError:
        return ""
    wanted = "SASL_PLAINTEXT" if sasl else "PLAINTEXT"
    return f"{at} speaks plain text, and we TLS: set {PROTOCOL} to {wanted}, or name its TLS port"


def _has_tls(host: str, port: int) -> bool:
    """Whether anything of TLS comes back; its certificate is nobody's matter here, since nothing secret is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        _connected(host, port, context).close()
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    return True


def _other_sasl(offer: Offer, context: ssl.SSLContext | None) -> str:
    if offer.sasl:
        wanted, has = "SASL_SSL" if context else "SASL_PLAINTEXT", ", ".join(offer.mechanisms)
        return f"asks who we are: set {PROTOCOL} to {wanted} and {MECHANISM} to what it has ({has})"
    return f"has no SASL: set {PROTOCOL} to {'SSL' if context else 'PLAINTEXT'}, or name its port with SASL"


async def _refusal(found: Settings, host: str, port: int) -> str:
    """What it says to our name and secret."""
    at = f"the broker at {host}:{port}"
    try:
        connection = await create_conn(host, port, request_timeout_ms=int(SECONDS * 1000), **security.for_aiokafka())
    except (AuthenticationFailedError, SaslAuthenticationFailed) as error:
        who = f"{found.kafka_sasl_username!r} with this password" if found.kafka_sasl_password_file else "this token"
        secret = "CLEARANCE_KAFKA_SASL_USERNAME and the file of the secret"  # noqa: S105 # names of settings
        return f"{at} does not let {who} in by {found.kafka_sasl_mechanism} ({error.args[0]}): mend {secret}"
    except (KafkaError, OSError) as error:
        return f"we cannot log in to {at}: {error.args[0] if error.args else error}"
    try:
        answer = await connection.send(ApiVersionRequest())
    finally:
        connection.close()
    refused = f"{at} does not take our token: look at who issued it, for whom, and when it ends"
    return refused if answer.error_code else ""  # aiokafka does not look at what becomes of a token
