"""How the broker is spoken to: from the settings to the arguments of each client. Every client of ours asks here.

The surprise: it asks the environment itself. There are no flags for it, and so an address (`bootstrap`) is all that
everybody else hands on. Certificates and secrets are read for each client that is made: those that were renewed are
taken by the next.
"""

import ssl
from contextlib import suppress
from functools import cache
from typing import Any

from clearance.kafka.tokens import Tokens, token_provider, tokens_of
from clearance.settings import PREFIX, InvalidSetting, Settings, load
from clearance.settings.secrets import read_secret

TLS, SASL = ("SSL", "SASL_SSL"), ("SASL_PLAINTEXT", "SASL_SSL")
OF_TLS, OF_SASL = ("kafka_ca_", "kafka_certificate_", "kafka_key_"), "kafka_sasl_"
FIELDS = tuple(name for name in Settings.model_fields if name.startswith((*OF_TLS, OF_SASL)))
UNSECURED = {"kafka_security_protocol": "PLAINTEXT"} | dict.fromkeys(FIELDS, "")
"""The settings for a broker that is spoken to in plain text."""


@cache
def settings() -> Settings:
    """Those of this process. Raises `InvalidSetting` for what cannot be meant."""
    found = load()
    check(found)
    return found


def check(found: Settings) -> None:
    """Raises `InvalidSetting` for settings that lack another one, or that another one makes void."""
    protocol, mechanism = found.kafka_security_protocol, found.kafka_sasl_mechanism
    for name in FIELDS:
        fitting = SASL if name.startswith(OF_SASL) else TLS
        if getattr(found, name) and protocol not in fitting:
            wanted = " or ".join(fitting)
            raise _wrong(name, f"is set, but {_named('kafka_security_protocol')} is {protocol}: set that to {wanted}")
    if protocol in SASL and not mechanism:
        raise _wrong("kafka_sasl_mechanism", f"is not set, and {protocol} needs one: ask who runs the broker which")
    if bool(found.kafka_certificate_file) != bool(found.kafka_key_file):
        raise _wrong("kafka_certificate_file", f"and {_named('kafka_key_file')} go together: set both or none")
    fetched = bool(found.kafka_sasl_token_url)
    if mechanism == "OAUTHBEARER" and fetched == bool(found.kafka_sasl_token_file):
        raise _wrong("kafka_sasl_token_file", f"or {_named('kafka_sasl_token_url')} is needed for OAUTHBEARER: set one")
    for name in ("kafka_sasl_username", "kafka_sasl_password_file"):
        if mechanism and (mechanism != "OAUTHBEARER" or fetched) and not getattr(found, name):
            raise _wrong(name, f"is not set, and {mechanism} needs it")


class ClosingAtOnce(ssl.SSLObject):
    """A connection that says that it ends, and does not wait to hear the same (RFC 8446, 6.1).

    A broker with an answer under way does not say it, and each connection of the event loop would wait for 30 s.
    """

    def unwrap(self) -> None:
        with suppress(ssl.SSLWantReadError):
            super().unwrap()


def tls() -> ssl.SSLContext | None:
    """What certificates are checked with, by name too; None where there are none. Raises `InvalidSetting`."""
    found = settings()
    if found.kafka_security_protocol not in TLS:
        return None
    try:
        context = ssl.create_default_context(cafile=found.kafka_ca_file or None)
    except OSError as error:  # ssl.SSLError is one
        raise _unreadable("kafka_ca_file", found.kafka_ca_file, error) from error
    context.sslobject_class = ClosingAtOnce
    if found.kafka_certificate_file:
        try:
            context.load_cert_chain(found.kafka_certificate_file, found.kafka_key_file, password=lambda: "")
        except OSError as error:
            raise _unreadable("kafka_certificate_file", found.kafka_certificate_file, error) from error
    return context


def for_aiokafka() -> dict[str, Any]:
    """Arguments of its clients. Raises `InvalidSetting`."""
    found = settings()
    told: dict[str, Any] = {"security_protocol": found.kafka_security_protocol, "ssl_context": tls()}
    if found.kafka_security_protocol not in SASL:
        return told
    told["sasl_mechanism"] = found.kafka_sasl_mechanism
    if tokens := _tokens():
        return told | {"sasl_oauth_token_provider": token_provider(tokens)}
    return told | {"sasl_plain_username": found.kafka_sasl_username, "sasl_plain_password": _password()}


def for_librdkafka() -> dict[str, Any]:
    """The same for the clients of confluent-kafka. Raises `InvalidSetting`."""
    found = settings()
    tls()  # librdkafka would only say that it cannot read a file
    files = {
        "ssl.ca.location": found.kafka_ca_file,
        "ssl.certificate.location": found.kafka_certificate_file,
        "ssl.key.location": found.kafka_key_file,
    }
    told: dict[str, Any] = {"security.protocol": found.kafka_security_protocol}
    told |= {name: file for name, file in files.items() if file}
    if found.kafka_security_protocol not in SASL:
        return told
    told["sasl.mechanisms"] = found.kafka_sasl_mechanism
    if tokens := _tokens():
        return told | {"oauth_cb": lambda _: tokens.get()}
    return told | {"sasl.username": found.kafka_sasl_username, "sasl.password": _password()}


def _tokens() -> Tokens | None:
    return tokens_of(settings()) if settings().kafka_sasl_mechanism == "OAUTHBEARER" else None


def _password() -> str:
    return read_secret("kafka_sasl_password_file", settings().kafka_sasl_password_file)


def _named(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _wrong(name: str, what: str) -> InvalidSetting:
    return InvalidSetting(f"{_named(name)} {what}")


def _unreadable(name: str, path: str, error: OSError) -> InvalidSetting:
    why = "it holds no PEM, or not what belongs together" if isinstance(error, ssl.SSLError) else error.strerror
    return _wrong(name, f"names {path}, which cannot be used ({why}): mend the path or the file")
