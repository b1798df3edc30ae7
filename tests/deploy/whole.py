"""The whole system as its processes, around a real Kafka and a real PostgreSQL, with traffic: to be watched and broken.

The surprise: the wall clock of the tracker can be set ahead, and its fold can fail, by the flags of `tests/chaos`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, make_url
from tests.chaos.processes import Process
from tests.notices.told import Mailbox, MailServer

from clearance.access import keys, organisations, recipients
from clearance.access.database import opened, secret_of
from clearance.access.verdicts import Key
from clearance.archive.manifest import FILE, FORM, Manifest, folder_of, write_manifest
from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka, free_port
from clearance.kafka.names import BASE, FIRST
from clearance.kafka.topics import ensure
from clearance.settings import PREFIX, load
from clearance.settings.clock import utc_now
from clearance.store.connect import migrate, open_store

KINDS = ("projector", "tracker", "analyst", "api", "notices")
CONNECTION, ORGANISATION = "broker-one", "acme"
DESK = {"id": "desk", "channel": "email", "address": "desk@ops.example", "severity": "high"}
SESSION_SECONDS = "6"
TRY_HOURS = "0.001"
"""Three seconds and a half: as long as a notice is tried here before it is listed as undelivered."""


class Whole:
    """Nothing runs yet. `secrets` are the keys by who holds them."""

    def __init__(self, kafka: LocalKafka, postgres: Any, folder: Path) -> None:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        self.kafka, self.postgres, self.folder = kafka, postgres, folder
        self.mail_port, self.mailbox = free_port(), Mailbox()
        self.mail_server = self._mail_server()
        (folder / "secret").write_text("a secret of this server")
        self.store = make_url(postgres.get_uri()).render_as_string(hide_password=False)
        self.settings = load(database_url=self.store, access_secret_file=str(folder / "secret"))
        self.disk, self.archive = folder / "disk", folder / "archive"
        archived(self.archive, days_ago=0)
        self.small_store = f"sqlite:///{self.disk / 'store.db'}"
        self.ports = {kind: free_port() for kind in KINDS}
        self.processes = {kind: self.process(kind, kind, self.ports[kind]) for kind in KINDS}
        self.secrets: dict[str, str] = {}

    def process(self, name: str, kind: str, port: int, **more: str) -> Process:
        """One of these kinds, which shows its metrics on this port; `more` are settings."""
        told = {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "DATABASE_URL": self.store,
            "ACCESS_SECRET_FILE": str(self.folder / "secret"),
            "ARCHIVE_FOLDER": str(self.archive),
            "LOG_FORMAT": "json",
            "TRACKER_SESSION_SECONDS": SESSION_SECONDS,
            "ANALYST_SESSION_SECONDS": SESSION_SECONDS,
            "TRACKER_INSTANCE": "tracker-1",
            "ANALYST_INSTANCE": "analyst-1",
            "NOTICES_TRY_HOURS": TRY_HOURS,
            "SMTP_SERVER": "127.0.0.1",
            "SMTP_PORT": str(self.mail_port),
            "SMTP_SECURITY": "none",
            "API_PORT" if kind == "api" else f"{kind.upper()}_METRICS_PORT": str(port),
            **more,
        }
        return Process(name, kind, self.folder, {f"{PREFIX}{setting}": value for setting, value in told.items()})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['api']}"

    @contextmanager
    def running(self) -> Iterator["Whole"]:
        """All processes; in the end none is left."""
        self._know_somebody()
        self.mail_server.start()
        try:
            for one in self.processes.values():
                one.start()
            yield self
        finally:
            for one in self.processes.values():
                one.end_at_once()
            self.mail_server.stop()

    @contextmanager
    def access(self) -> Iterator[Engine]:
        """What is kept of keys, organisations and recipients."""
        with opened(self.settings) as engine:
            yield engine

    def issue(self, holder: str, name: str, *scopes: str, days: int) -> str:
        """A key, and its secret."""
        now = utc_now()
        wanted = Key("", holder, name, scopes, now, now + timedelta(days=days))  # type: ignore[arg-type] # a holder
        with self.access() as engine:
            return keys.issue(engine, secret_of(self.settings), wanted).secret

    def mail_server_again(self) -> None:
        """Start it after it was stopped."""
        self.mail_server = self._mail_server()
        self.mail_server.start()

    def look_after(self) -> None:
        """Start again what has ended and is wanted, as a supervisor does."""
        for one in self.processes.values():
            one.look_after()

    def _mail_server(self) -> MailServer:
        return MailServer(self.mailbox, hostname="127.0.0.1", port=self.mail_port)

    def _know_somebody(self) -> None:
        """A connection that brings messages, an organisation, and the operator, who is told of what is wrong."""
        store = open_store(self.store)
        migrate(store)
        store.dispose()
        with self.access() as engine:
            organisations.add(engine, ORGANISATION, ORGANISATION, utc_now())
            recipients.add(engine, recipients.of(DESK | {"added_at": utc_now()}))
        self.secrets[CONNECTION] = self.issue("connection", CONNECTION, "ingest", days=100)
        self.secrets[ORGANISATION] = self.issue("organisation", ORGANISATION, "read", days=100)


def archived(archive: Path, days_ago: int) -> None:
    """An archive that holds nothing, and was written then."""
    at = utc_now().timestamp() - days_ago * 86400
    for number in range(FIRST.partitions):
        folder_of(archive, number).mkdir(parents=True, exist_ok=True)
        write_manifest(archive, Manifest(FORM, BASE.inputs, number, "", ""))
        os.utime(folder_of(archive, number) / FILE, (at, at))
