"""Recipients that are told by the code of the process, on a clock of the test, and what they were told."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import Engine, select
from tests.api.system import System

from clearance.access import organisations, recipients
from clearance.access.database import reading
from clearance.access.recipients import Recipient
from clearance.api.stores import Store
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Command
from clearance.events.receipts.facts import Statement, StatementKind
from clearance.metrics import Board
from clearance.metrics.declared import NOTICES
from clearance.notices.collecting import collect, digest, viewer_of
from clearance.notices.messages import Message
from clearance.notices.outcomes import SENT, Outcome
from clearance.notices.sending import Sender
from clearance.store.reader import reading as store_reading
from clearance.store.rows import Stored
from clearance.store.schema import declarations
from clearance.store.viewer import EVERYBODY

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TRIES = timedelta(hours=6)


class Mailbox:
    """What a mail server has taken, and what it answers; while it is not `free` it has a message and says nothing."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 taken"
        self.free = True
        self.asked = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 # aiosmtpd's name
        self.asked += 1
        while not self.free:
            await asyncio.sleep(0.02)
        if self.answer.startswith("250"):
            letter = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        return self.answer


class MailServer(Controller):
    """On a port that the system chooses, which it says."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Robot:
    """Where it listens, what it was asked, and what it answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.status, self.answer = 200, {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}


@contextmanager
def robot_server(port: int = 0) -> Iterator[Robot]:
    """A robot that listens on this port, or on one that the system chooses."""

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that it has there
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.asked.append((self.path, body))
            answer = json.dumps(kept.answer).encode()
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", port), Asked) as server:
        kept = Robot(f"http://127.0.0.1:{server.server_address[1]}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


def add_organisations(access: Engine) -> None:
    """Two of them; messages name `acme` by its connection."""
    for name, identifier in (("acme", "connection:demo-broker"), ("other", "connection:other")):
        organisations.add(access, name, name, NOW)
        organisations.identify(access, name, identifier)


class Telling:
    """What goes out is kept in `sent`; `outcome` is what becomes of it. `now` is the clock, which the test turns."""

    def __init__(self, system: System, access: Engine) -> None:
        self.system, self.access = system, access
        self.sent: list[tuple[str, Message]] = []
        self.ids: list[str] = []
        self.outcome, self.now, self.epoch = SENT, NOW, 0
        self.cry_wolf = frozenset[str]()
        self.start_anew()

    def start_anew(self) -> None:
        """As after a restart of the process."""
        self.board = Board(NOTICES)
        self.sender = Sender(self.access, self.post, self.board, TRIES, "https://clearance.example")

    def post(self, recipient: Recipient, message: Message, message_id: str) -> Outcome:
        if self.outcome == SENT:
            self.sent.append((recipient.id, message))
            self.ids.append(message_id)
        return self.outcome

    def add(self, name: str = "desk", looked: bool = True, **given: Any) -> None:
        """A recipient of `acme`, by mail, in English; it is told of what happens since it was first `looked` at."""
        usual = {"organisation": "acme", "channel": "email", "address": f"{name}@acme.example", "added_at": NOW}
        one = Recipient(id=name, **{"severity": "info", **usual, **given})
        recipients.add(self.access, one)
        if looked:
            self.collect()

    def collect(self) -> None:
        """Note what is news to each recipient."""
        with reading(self.access) as connection:
            of = organisations.identifiers_of(connection)
        for one in recipients.all_of(self.access):
            viewer = viewer_of(one, of.get(one.organisation, ()))
            store = Store(self.epoch, self.system.store)
            while collect(self.access, store, one, viewer, self.now, cry_wolf=self.cry_wolf):
                pass
            digest(self.access, store, one, viewer, self.now, cry_wolf=self.cry_wolf)

    def send(self) -> list[Message]:
        """Send what is due; what went out."""
        before = len(self.sent)
        for one in recipients.all_of(self.access):
            self.sender.send(one, lambda: self.now)
        return [message for _, message in self.sent[before:]]

    def state(self, declaration: str, kind: StatementKind, organisation: str, **body: str) -> None:
        """A command of an organisation, "" for the operator."""
        command_id = f"command-{kind}-{organisation}"
        statement = Statement(command_id, kind, self.now, organisation, body)
        self.system._append(input_record(declaration, Command(at=self.now, statement=statement)))

    def everything(self) -> list[Stored]:
        """All declarations and pointers, as they are now."""
        with self.system.store.connect() as connection:
            ids = list(connection.execute(select(declarations.c.id)).scalars())
        with store_reading(self.system.store, EVERYBODY) as reader:
            return reader.declarations(ids)

    def tell(self, **passed: float) -> list[Message]:
        """Let time pass, collect and send; what went out."""
        self.now += timedelta(**passed)
        self.collect()
        return self.send()
