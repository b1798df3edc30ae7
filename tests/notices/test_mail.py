"""Mails as a real server takes them: over TLS, with a login, and what is refused or breaks is told apart."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword
from tests.notices.told import NOW, Mailbox, MailServer

from clearance.access.recipients import Recipient
from clearance.notices.mail import Mailer
from clearance.notices.messages import Message
from clearance.settings import Settings, load

MESSAGE = Message("【高】E1 查验未放行", "货物须查验，尚未放行。\n详情：https://c.example", ("A07 E1",), "A07 E1")
TO = Recipient(id="desk", channel="email", address="desk@acme.example", added_at=NOW)


def settings(port: int, **given: Any) -> Settings:
    usual = {
        "smtp_server": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "smtp_from": "c@example.com",
    }
    return load(**{**usual, **given})


def test_a_mail_arrives_whole(mailbox: Mailbox, mail_server: MailServer) -> None:
    outcome = Mailer(settings(mail_server.port)).send(TO, MESSAGE, "abc")
    assert outcome.result == "sent"
    [letter] = mailbox.letters
    assert (letter["To"], letter["From"]) == ("desk@acme.example", "c@example.com")
    assert (letter["Subject"], letter["Message-ID"]) == (MESSAGE.subject, "<abc@example.com>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == MESSAGE.body.splitlines()


@pytest.mark.parametrize(("answer", "result"), [("451 later", "again"), ("554 no", "refused"), ("250 taken", "sent")])
def test_what_the_server_answers_decides(mailbox: Mailbox, mail_server: MailServer, answer: str, result: str) -> None:
    mailbox.answer = answer
    outcome = Mailer(settings(mail_server.port)).send(TO, MESSAGE, "abc")
    assert outcome.result == result
    assert answer == "250 taken" or answer in outcome.reason


class Refusing(Mailbox):
    """Knows no such recipient."""

    async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802 # aiosmtpd's name
        return "550 no such user"


class Breaking(Mailbox):
    """Breaks the connection when it has the message."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        server.transport.abort()
        return "250 taken"


@pytest.mark.parametrize(("mailbox", "result"), [(Refusing(), "refused"), (Breaking(), "uncertain")])
def test_a_recipient_that_is_unknown_is_refused_and_a_broken_connection_leaves_it_uncertain(
    mailbox: Mailbox, mail_server: MailServer, result: str
) -> None:
    outcome = Mailer(settings(mail_server.port)).send(TO, MESSAGE, "abc")
    assert outcome.result == result


def test_a_server_that_is_away_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    outcome = Mailer(settings(port)).send(TO, MESSAGE, "abc")
    assert outcome.result == "again"
    assert outcome.reason.startswith(f"127.0.0.1:{port}: ")


def test_no_server_is_named() -> None:
    assert Mailer(load()).send(TO, MESSAGE, "abc") == (
        "again",
        "CLEARANCE_SMTP_SERVER is not set: name the server that takes mails",
    )


class Guarded(Mailbox):
    """Lets in who knows the password."""

    def lets_in(self, _: Any, __: Any, ___: Any, ____: Any, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == b"geheim", handled=False)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[Guarded, MailServer]]:
    """A server that asks for TLS and a password."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    box = Guarded()
    server = MailServer(
        box,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=True,
        authenticator=box.lets_in,
        auth_required=True,
    )
    server.start()
    yield box, server
    server.stop()


@pytest.mark.parametrize(("password", "result"), [("geheim", "sent"), ("falsch", "again")])
def test_it_logs_in_over_tls(guarded: tuple[Guarded, MailServer], tmp_path: Path, password: str, result: str) -> None:
    (tmp_path / "password").write_text(password)
    given = settings(
        guarded[1].port,
        smtp_security="starttls",
        smtp_ca_file=str(tmp_path / "ca.pem"),
        smtp_username="clearance",
        smtp_password_file=str(tmp_path / "password"),
    )
    outcome = Mailer(given).send(TO, MESSAGE, "abc")
    assert outcome.result == result
    assert len(guarded[0].letters) == (result == "sent")
    assert password not in outcome.reason


def test_a_server_whose_certificate_nobody_knows_gets_no_password(
    guarded: tuple[Guarded, MailServer], tmp_path: Path
) -> None:
    port = guarded[1].port
    outcome = Mailer(settings(port, smtp_security="starttls", smtp_username="clearance")).send(TO, MESSAGE, "abc")
    assert outcome.result == "again"
    assert "certificate verify failed" in outcome.reason
