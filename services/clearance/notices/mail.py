"""Messages by mail (SMTP), over TLS unless a setting says otherwise.

The surprise: the steps of a message are gone through one by one, since only from the moment at which its text is handed
over is it unknown, after a broken connection, whether it has gone out.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP as FORM
from email.utils import format_datetime
from smtplib import SMTP, SMTP_SSL, SMTPException, SMTPNotSupportedError, SMTPResponseException

from clearance.access.recipients import Recipient
from clearance.notices.messages import Message, mark_of
from clearance.notices.outcomes import SENT, Outcome
from clearance.settings import PREFIX, InvalidSetting, Settings
from clearance.settings.clock import utc_now
from clearance.settings.secrets import read_secret

PATIENCE_SECONDS = 20.0
TAKEN = (250, 251)


class Mailer:
    """By the settings; each message over a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context(cafile=settings.smtp_ca_file or None)

    def send(self, recipient: Recipient, message: Message, message_id: str) -> Outcome:
        """Hand one message over."""
        if not self._settings.smtp_server:
            return Outcome("again", f"{PREFIX}SMTP_SERVER is not set: name the server that takes mails")
        letter = self._letter(recipient, message, message_id)
        try:
            with self._connected() as server:
                self._greet(server)
                return self._hand_over(server, recipient, letter)
        except (OSError, SMTPException, InvalidSetting) as error:
            return Outcome("again", f"{self._settings.smtp_server}:{self._settings.smtp_port}: {_in_words(error)}")

    @contextmanager
    def _connected(self) -> Iterator[SMTP]:
        host, port = self._settings.smtp_server, self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            server: SMTP = SMTP_SSL(host, port, timeout=PATIENCE_SECONDS, context=self._tls)
        else:
            server = SMTP(host, port, timeout=PATIENCE_SECONDS)
        try:
            yield server
        finally:
            server.close()

    def _greet(self, server: SMTP) -> None:
        """Up to where it takes messages. Raises `SMTPException`, `OSError`, `InvalidSetting`."""
        if self._settings.smtp_security == "starttls":
            server.ehlo_or_helo_if_needed()
            server.starttls(context=self._tls)
        server.ehlo_or_helo_if_needed()
        if self._settings.smtp_username:
            password = read_secret("smtp_password_file", self._settings.smtp_password_file)
            server.login(self._settings.smtp_username, password)

    def _hand_over(self, server: SMTP, recipient: Recipient, letter: EmailMessage) -> Outcome:
        for code, said, whose in (
            (*server.mail(self._settings.smtp_from), "sender"),
            (*server.rcpt(recipient.address), "recipient"),
        ):
            if code not in TAKEN:
                refused = code >= 500 and whose == "recipient"
                return Outcome("refused" if refused else "again", f"the {whose} is refused: {_said(code, said)}")
        try:
            code, said = server.data(letter.as_bytes(policy=FORM))
        except SMTPResponseException as error:
            return Outcome("again", f"the message is not taken: {_said(error.smtp_code, error.smtp_error)}")
        except (OSError, SMTPException) as error:
            return Outcome("uncertain", f"the connection broke while it was handed over: {_in_words(error)}")
        if code not in TAKEN:
            return Outcome("refused" if code >= 500 else "again", f"the message is refused: {_said(code, said)}")
        return SENT

    def _letter(self, recipient: Recipient, message: Message, message_id: str) -> EmailMessage:
        domain = self._settings.smtp_from.rpartition("@")[2]
        letter = EmailMessage(policy=FORM)
        letter["From"], letter["To"] = self._settings.smtp_from, recipient.address
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(utc_now())
        letter["Message-ID"] = f"<{message_id}@{domain}>"
        if message.thread:
            letter["References"] = f"<{mark_of(recipient.id, message.thread)}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.body)
        return letter


def _said(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"[:300]


def _in_words(error: Exception) -> str:
    if isinstance(error, SMTPNotSupportedError):
        return f"{error}: mend {PREFIX}SMTP_SECURITY"
    if isinstance(error, SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return str(error)[:300] or type(error).__name__
