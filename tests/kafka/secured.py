"""A real Kafka that is secured in every way that we speak: one broker, one listener for each way."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import trustme
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from clearance.devbroker.local import HOST, LocalKafka, free_port
from clearance.settings.clock import monotonic, timestamp_of, utc_now

USER, PASSWORD = "clearance", "correct horse battery staple"
WAYS = {"TLS": "SSL", "LOGIN": "SASL_SSL", "CLEAR": "SASL_PLAINTEXT", "EXPIRED": "SSL", "MUTUAL": "SSL"}
"""The listeners and what is spoken there. CLEAR has SCRAM-SHA-512 only; MUTUAL asks for a certificate."""
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
MODULES = {
    "plain": f'plain.PlainLoginModule required user_{USER}="{PASSWORD}"',
    "scram-sha-256": "scram.ScramLoginModule required",
    "scram-sha-512": "scram.ScramLoginModule required",
    "oauthbearer": 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"',
}


class Secured:
    """The broker, its ports by listener, and the files that a client of it needs, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority, self.stranger = trustme.CA(), trustme.CA()
        self.ports = {way: free_port() for way in WAYS}
        self.kafka = LocalKafka(folder / "kafka", settings=self._settings())
        self._write("ca.pem", self.authority.cert_pem.bytes())
        self._write("other-ca.pem", self.stranger.cert_pem.bytes())
        own = self.authority.issue_cert(USER)
        self._write("own.pem", own.cert_chain_pems[0].bytes())
        self._write("own.key", own.private_key_pem.bytes())
        self._write("password", PASSWORD.encode())
        self._write("wrong", b"guessed")
        self._write("newline", f"{PASSWORD}\n".encode())
        self._write("empty", b"")
        self._write("token", token(3600).encode())
        self._write("old-token", token(-3600).encode())

    def at(self, way: str, host: str = HOST) -> str:
        """The address of a listener."""
        return f"{host}:{self.ports.get(way, self.kafka.port)}"

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def settings(self, way: str, mechanism: str = "", **other: str) -> dict[str, str]:
        """All that a client needs there; `other` comes instead, by the names of the settings."""
        told = {"KAFKA_BOOTSTRAP_SERVERS": self.at(way), "KAFKA_SECURITY_PROTOCOL": WAYS.get(way, "PLAINTEXT")}
        if told["KAFKA_SECURITY_PROTOCOL"].endswith("SSL"):
            told["KAFKA_CA_FILE"] = self.file("ca.pem")
        if mechanism:
            told["KAFKA_SASL_MECHANISM"] = mechanism
        if mechanism == "OAUTHBEARER":
            told["KAFKA_SASL_TOKEN_FILE"] = self.file("token")
        elif mechanism:
            told |= {"KAFKA_SASL_USERNAME": USER, "KAFKA_SASL_PASSWORD_FILE": self.file("password")}
        return {f"CLEARANCE_{name}": value for name, value in (told | other).items()}

    def start(self) -> None:
        """With the user of the SCRAM mechanisms, whom only a running broker can be told of."""
        self.kafka.start()
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            wanted = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
            admin.alter_user_scram_credentials([wanted])[USER].result()

    def _settings(self) -> Mapping[str, str]:
        ways = {"PLAINTEXT": "PLAINTEXT", **WAYS}
        at = {"PLAINTEXT": "$port", **{way: str(port) for way, port in self.ports.items()}}
        listeners = ",".join(f"{way}://{HOST}:{port}" for way, port in at.items())
        told = {
            "listeners": f"{listeners},CONTROLLER://{HOST}:$controller_port",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": ",".join(f"{way}:{spoken}" for way, spoken in ways.items())
            + ",CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._keystore("broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.file("ca.pem"),
            "listener.name.expired.ssl.keystore.location": self._keystore("expired.pem", days=-1),
            "listener.name.mutual.ssl.client.auth": "required",
            "listener.name.login.sasl.enabled.mechanisms": ",".join(MECHANISMS),
            "listener.name.clear.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        }
        for mechanism, module in MODULES.items():
            for way in ("login", "clear"):
                name = f"listener.name.{way}.{mechanism}.sasl.jaas.config"
                told[name] = f"org.apache.kafka.common.security.{module};"
        return told

    def _keystore(self, name: str, days: int = 30) -> str:
        """A certificate of the authority's for the address, and its key as Kafka reads it."""
        leaf = self.authority.issue_cert(HOST, not_after=utc_now() + timedelta(days=days))
        key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._write(name, pem + b"".join(one.bytes() for one in leaf.cert_chain_pems))
        return self.file(name)

    def _write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)


def token(seconds: int) -> str:
    """A token that nobody has signed, as a Kafka without a validator takes it, and that ends in so many seconds."""
    now = timestamp_of(monotonic())
    claims = {"sub": USER, "iat": now - 7200, "exp": now + seconds}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims)
    ]
    return ".".join((*parts, ""))
