"""Settings of secured connections: what cannot be meant is refused before anybody connects, with what to mend."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from clearance.kafka import admin, security
from clearance.kafka.errors import BrokerError
from clearance.settings import InvalidSetting, Settings
from clearance.stages.credentials import credentials

SASL = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "me", "kafka_sasl_password_file": "/run/it"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"kafka_ca_file": "ca.pem"},
            "KAFKA_CA_FILE is set, but CLEARANCE_KAFKA_SECURITY_PROTOCOL is PLAINTEXT: set that",
        ),
        ({"kafka_sasl_username": "me"}, "KAFKA_SASL_USERNAME is set, but .* set that to SASL_PLAINTEXT or SASL_SSL"),
        (SASL, "KAFKA_SASL_MECHANISM is not set, and SASL_SSL needs one"),
        (
            {**SASL, "kafka_sasl_mechanism": "PLAIN", "kafka_sasl_username": ""},
            "KAFKA_SASL_USERNAME is not set, and PLAIN",
        ),
        (
            {**SASL, "kafka_sasl_mechanism": "SCRAM-SHA-512", "kafka_sasl_password_file": ""},
            "KAFKA_SASL_PASSWORD_FILE is not set, and SCRAM-SHA-512 needs it",
        ),
        ({**SASL, "kafka_sasl_mechanism": "OAUTHBEARER"}, "KAFKA_SASL_TOKEN_FILE or CLEARANCE_KAFKA_SASL_TOKEN_URL is"),
        (
            {"kafka_security_protocol": "SSL", "kafka_key_file": "k"},
            "KAFKA_CERTIFICATE_FILE and CLEARANCE_KAFKA_KEY_FILE",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^CLEARANCE_{told}"):
        security.check(Settings(**given))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    security.settings.cache_clear()
    yield monkeypatch
    security.settings.cache_clear()


def test_a_file_of_authorities_that_is_none_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("CLEARANCE_KAFKA_SECURITY_PROTOCOL", "SSL")
    environment.setenv("CLEARANCE_KAFKA_CA_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(InvalidSetting, match=r"CLEARANCE_KAFKA_CA_FILE names \S+, which cannot be used \(No such file"):
        security.tls()
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(InvalidSetting, match=r"which cannot be used \(it holds no PEM"):
        security.for_librdkafka()


def test_faust_is_told_the_same_and_shows_no_secret(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert credentials() is None
    security.settings.cache_clear()
    (tmp_path / "password").write_text("open sesame")
    told = {"PROTOCOL": "SASL_PLAINTEXT"}
    environment.setenv("CLEARANCE_KAFKA_SECURITY_PROTOCOL", told["PROTOCOL"])
    environment.setenv("CLEARANCE_KAFKA_SASL_MECHANISM", "SCRAM-SHA-256")
    environment.setenv("CLEARANCE_KAFKA_SASL_USERNAME", "me")
    environment.setenv("CLEARANCE_KAFKA_SASL_PASSWORD_FILE", str(tmp_path / "password"))
    found: Any = credentials()
    assert (found.protocol.value, found.mechanism.value) == ("SASL_PLAINTEXT", "SCRAM-SHA-256")
    assert found.password == (tmp_path / "password").read_text()
    assert "sesame" not in repr((found, security.settings()))


class Issuer(BaseHTTPRequestHandler):
    """A token endpoint: each token is another one."""

    issued = 0
    asked: list[bytes]

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.headers["Authorization"] == "Basic bWU6b3BlbiBzZXNhbWU="  # me:open sesame
        type(self).issued += 1
        answer = json.dumps({"access_token": f"token-{self.issued}", "expires_in": 300}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@pytest.fixture
def issuer(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Issuer]]:
    one = type("One", (Issuer,), {"asked": []})
    with HTTPServer(("127.0.0.1", 0), one) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "secret").write_text("open sesame")
        environment.setenv("CLEARANCE_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
        environment.setenv("CLEARANCE_KAFKA_SASL_MECHANISM", "OAUTHBEARER")
        environment.setenv("CLEARANCE_KAFKA_SASL_USERNAME", "me")
        environment.setenv("CLEARANCE_KAFKA_SASL_PASSWORD_FILE", str(tmp_path / "secret"))
        environment.setenv("CLEARANCE_KAFKA_SASL_TOKEN_URL", f"http://127.0.0.1:{server.server_port}/token")
        environment.setenv("CLEARANCE_KAFKA_SASL_TOKEN_SCOPE", "kafka")
        yield one
        server.shutdown()


def test_tokens_are_fetched_by_client_credentials_and_used_for_most_of_their_life(issuer: type[Issuer]) -> None:
    async def both() -> list[str]:
        provider = security.for_aiokafka()["sasl_oauth_token_provider"]
        return [await provider.token(), await provider.token()]

    assert asyncio.run(both()) == ["token-1", "token-1"]
    assert issuer.asked == [b"grant_type=client_credentials&scope=kafka"]
    assert security.for_librdkafka()["oauth_cb"]("").value == "token-2"


def test_an_issuer_that_refuses_is_named(issuer: type[Issuer], environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CLEARANCE_KAFKA_SASL_USERNAME", "you")
    with pytest.raises(
        InvalidSetting, match="CLEARANCE_KAFKA_SASL_TOKEN_URL answers 401: mend it, the client id or the"
    ):
        security.for_librdkafka()["oauth_cb"]("")
    environment.setenv("CLEARANCE_KAFKA_SASL_TOKEN_URL", "http://issuer.example/token")
    security.settings.cache_clear()
    with pytest.raises(InvalidSetting, match="would be given a secret in plain text: name one that begins with https"):
        security.for_aiokafka()


@pytest.fixture
def tls_port() -> Iterator[int]:
    """A port that speaks TLS and says nothing more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    held: list[socket.socket] = []

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with suppress(OSError):
                held.append(context.wrap_socket(client, server_side=True))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    for client in held:
        client.close()


@pytest.mark.usefixtures("environment")
def test_a_port_that_speaks_tls_is_told_as_that(tls_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "ANSWER_SECONDS", 0.5)
    with pytest.raises(
        BrokerError, match="speaks TLS, and we plain text: set CLEARANCE_KAFKA_SECURITY_PROTOCOL to SSL"
    ):
        admin.Admin(f"127.0.0.1:{tls_port}").metadata()
