"""The store over TLS, with a password from a file, on a real PostgreSQL; a wrong setting is told as that, at once."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from sqlalchemy import make_url

from clearance.devbroker.local import HOST
from clearance.settings import InvalidSetting
from clearance.settings.clock import utc_now
from clearance.store.connect import is_made, migrate, open_store
from clearance.store.errors import StoreAway, StoreError

PASSWORD = "correct horse battery staple"  # noqa: S105 # of a role that the test makes
Reach = Callable[..., str]


class Front:
    """What speaks TLS before a PostgreSQL that has none: it answers the request for it, and passes on all that follows.

    The PostgreSQL of the tests is built without TLS; its client library, which checks certificates, is not.
    """

    def __init__(self, behind: str, context: ssl.SSLContext | None) -> None:
        self._behind, self._context = behind, context
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listening.accept()[0],), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            client.recv(8)  # the SSLRequest
            client.sendall(b"S" if self._context else b"N")
            if self._context is not None:
                with (
                    self._context.wrap_socket(client, server_side=True) as secured,
                    socket.socket(socket.AF_UNIX) as server,
                ):
                    server.connect(self._behind)
                    threading.Thread(target=_pass_on, args=(server, secured), daemon=True).start()
                    _pass_on(secured, server)


def _pass_on(given: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while read := given.recv(65536):
            to.sendall(read)
    with suppress(OSError):
        to.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """Whose certificate lies in `ca.pem`."""
    one = trustme.CA()
    one.cert_pem.write_to_path(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other-ca.pem")
    return one


@pytest.fixture
def reach(postgres_url: str, authority: trustme.CA, tmp_path: Path) -> Iterator[Reach]:
    """A URL of the database through a front, with a certificate for the address that is valid for so many days."""
    socket_folder = str(make_url(postgres_url).query["host"])
    fronts: list[Front] = []

    def url(*, host: str = HOST, days: int = 1, tls: bool = True, ca: str = "ca.pem", user: str = "postgres") -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
        if context is not None:
            authority.issue_cert(HOST, not_after=utc_now() + timedelta(days=days)).configure_cert(context)
        fronts.append(Front(f"{socket_folder}/.s.PGSQL.5432", context))
        query = {"sslmode": "verify-full", "sslrootcert": str(tmp_path / ca)}
        parsed = make_url(postgres_url).set(username=user, password=None, host=host, port=fronts[-1].port, query=query)
        return parsed.render_as_string(hide_password=False)

    yield url
    for front in fronts:
        front.close()


@pytest.fixture
def guarded(_postgres: Any) -> str:
    """A role that is let in by its password only."""
    file = Path(_postgres.pgdata) / "pg_hba.conf"
    if "guarded" not in (rules := file.read_text()):
        file.write_text(f"local all guarded scram-sha-256\n{rules}")
        _postgres.psql(f"CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '{PASSWORD}'; SELECT pg_reload_conf();")
    return "guarded"


def made(url: str) -> bool:
    engine = open_store(url)
    try:
        migrate(engine)
        return is_made(engine)
    finally:
        engine.dispose()


def test_a_store_is_made_over_tls_with_a_password_from_a_file(
    reach: Reach, guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    monkeypatch.setenv("CLEARANCE_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    assert made(reach(user=guarded))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"ca": "other-ca.pem"},
            "its certificate has expired, or no known authority has signed it: renew it, or give the PEM",
        ),
        ({"host": "localhost"}, "its certificate is for another host: name the host in CLEARANCE_DATABASE_URL as that"),
        ({"days": -1}, "its certificate has expired, or no known"),
        ({"tls": False}, "it speaks no TLS: set that up there, or leave sslmode= out of CLEARANCE_DATABASE_URL"),
        ({"ca": "none.pem"}, "sslrootcert= in CLEARANCE_DATABASE_URL names a file that cannot be read: mend the path"),
        ({"user": "guarded"}, "it asks for a password: set CLEARANCE_DATABASE_PASSWORD_FILE"),
    ],
)
@pytest.mark.usefixtures("guarded")
def test_a_wrong_setting_is_told_as_that_and_not_waited_for(reach: Reach, given: dict[str, Any], told: str) -> None:
    with pytest.raises(StoreError, match=told) as refused:
        made(reach(**given))
    assert not isinstance(refused.value, StoreAway)
    assert "\n" not in str(refused.value)


def test_a_wrong_password_is_told_as_that(
    reach: Reach, guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARANCE_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(InvalidSetting, match=r"CLEARANCE_DATABASE_PASSWORD_FILE: .* cannot be read"):
        made(reach(user=guarded))
    (tmp_path / "password").write_text("guessed")
    with pytest.raises(
        StoreError, match="it does not take this password: mend the file of CLEARANCE_DATABASE_PASSWORD"
    ):
        made(reach(user=guarded))
    with pytest.raises(
        StoreError, match="CLEARANCE_DATABASE_URL holds a password, and CLEARANCE_DATABASE_PASSWORD_FILE"
    ):
        open_store("postgresql://me:secret@host/name")
