"""Tokens for OAUTHBEARER: read from a file that somebody else keeps fresh, or fetched by client credentials."""

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from clearance.settings import PREFIX, InvalidSetting, Settings
from clearance.settings.clock import monotonic, timestamp_of
from clearance.settings.secrets import read_secret

LOOK_SECONDS = 60.0
"""How soon a long-lived client of librdkafka, which asks when a token ends, looks into the file again."""
ANSWER_SECONDS = 5.0
USED_FOR = 0.8
"""The part of its life after which a token is replaced."""


class Token(NamedTuple):
    """A token and when it ends [s since 1970]."""

    value: str
    ends: float


class Tokens(Protocol):
    """A source of tokens. Raises `InvalidSetting`."""

    def get(self) -> Token:
        """One that is good now."""


class FromFile(NamedTuple):
    """The file of `kafka_sasl_token_file`."""

    path: str

    def get(self) -> Token:
        return Token(read_secret("kafka_sasl_token_file", self.path), timestamp_of(monotonic() + LOOK_SECONDS))


class Fetched:
    """Tokens of `kafka_sasl_token_url` (RFC 6749, 4.4), each used for most of its life."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._held: tuple[Token, float] | None = None

    def get(self) -> Token:
        with self._lock:
            if self._held is None or monotonic() > self._held[1]:
                self._held = self._fetch()
            return self._held[0]

    def _fetch(self) -> tuple[Token, float]:
        import httpx  # nobody else who speaks to a broker needs it

        told, now = self._settings, monotonic()
        secret = read_secret("kafka_sasl_password_file", told.kafka_sasl_password_file)
        scope = {"scope": told.kafka_sasl_token_scope} if told.kafka_sasl_token_scope else {}
        form = {"grant_type": "client_credentials", **scope}
        try:
            answer = httpx.post(
                told.kafka_sasl_token_url, data=form, auth=(told.kafka_sasl_username, secret), timeout=ANSWER_SECONDS
            ).raise_for_status()
            found = answer.json()
            life = float(found.get("expires_in", LOOK_SECONDS))
            return Token(str(found["access_token"]), timestamp_of(now + life)), now + USED_FOR * life
        except httpx.HTTPStatusError as error:
            raise _refused(f"answers {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise _refused(f"does not answer ({error})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _refused("answers without an access_token") from error


def tokens_of(settings: Settings) -> Tokens:
    """The source that the settings name. Raises `InvalidSetting`."""
    url = urlsplit(settings.kafka_sasl_token_url)
    if not settings.kafka_sasl_token_url:
        return FromFile(settings.kafka_sasl_token_file)
    if url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1"):
        raise _refused("would be given a secret in plain text: name one that begins with https://")
    return Fetched(settings)


def token_provider(tokens: Tokens) -> AbstractTokenProvider:
    """The source as aiokafka asks it, for each connection; what goes wrong is a connection that is tried again."""
    return _Provider(tokens.get)


class _Provider(AbstractTokenProvider):  # type: ignore[misc] # aiokafka ships no types
    def __init__(self, get: Callable[[], Token]) -> None:
        self._get = get

    async def token(self) -> str:
        try:
            return (await asyncio.to_thread(self._get)).value
        except InvalidSetting as error:
            raise KafkaConnectionError(str(error)) from error


def _refused(why: str) -> InvalidSetting:
    return InvalidSetting(f"{PREFIX}KAFKA_SASL_TOKEN_URL {why}: mend it, the client id or the secret")
