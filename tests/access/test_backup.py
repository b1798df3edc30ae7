"""What the log cannot give back is backed up and restored, from either store into either."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.helpers.command import clearance

from clearance.access import audit, keys, organisations, registrations
from clearance.access.audit import Audit, Entry
from clearance.access.backup import CUT_OFF, OTHER_FORM, backup, restore
from clearance.access.database import opened
from clearance.access.errors import AccessRefused
from clearance.access.gate import Gate, Refused
from clearance.access.registrations import Registration
from clearance.access.verdicts import Key
from clearance.settings import load
from clearance.settings.clock import utc_now

SECRET = b"a secret of this server"
NUMBER = "cn:unified:E20260004010000003"


@pytest.fixture
def issued(access: Engine) -> list[str]:
    """A key that is valid and one that is revoked, of an organisation of which something of all is kept."""
    now = utc_now()
    organisations.add(access, "acme", "Acme Ltd", now)
    organisations.identify(access, "acme", "connection:acme")
    organisations.set_quota(access, "acme", 77)
    wanted = Key("", "organisation", "acme", ("read",), now, expires_at=now + timedelta(days=30))
    valid, revoked = (keys.issue(access, SECRET, wanted) for _ in range(2))
    keys.revoke(access, revoked.key.id, now)
    stated = Registration(
        organisation="acme",
        declaration=NUMBER,
        filed_at=now,
        registered_at=now,
        changed_at=now,
        references=("PO-1",),
        labels=("春",),
    )
    registrations.register(access, [stated], most=1)
    noted = Audit()
    noted.note(Entry(now, valid.key.id, "acme", "GET", "/v1/declarations", "", 200))
    noted.write(access)
    return [valid.secret, revoked.secret]


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_keys_issued_before_let_in_after(
    access: Engine, issued: list[str], into: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    empty = "postgres_url_of_module" if access.dialect.name == "postgresql" else "postgres_url"
    url = f"sqlite:///{tmp_path / 'other.db'}" if into == "sqlite" else request.getfixturevalue(empty)
    lines = list(backup(access))
    assert not any(secret.encode() in line for secret in issued for line in lines)
    with opened(load(database_url=url)) as other:
        before = keys.snapshot(other)
        assert restore(other, lines) == len(lines) - 2
        held = keys.snapshot(other, before.version if before else -1)
        assert held is not None  # replicas learn of it
        gate = Gate(held, SECRET)
        assert gate.admit(issued[0], "read").name == "acme"
        with pytest.raises(Refused, match="revoked"):
            gate.admit(issued[1], "read")
        assert (held.identifiers, held.quotas) == ({"acme": ("connection:acme",)}, {"acme": 77})
        assert registrations.those(other, "acme", [("label", "春")], "", 5) == registrations.those(
            access, "acme", [], "", 5
        )
        assert audit.entries(other, None, None, 5) == audit.entries(access, None, None, 5)
        assert list(backup(other)) == lines
        audit.Audit.write(_noted(), other)
        assert len(audit.entries(other, None, None, 5)) == 2


def _noted() -> Audit:
    noted = Audit()
    noted.note(Entry(utc_now(), "", "acme", "GET", "/v1/changes", "", 200))
    return noted


def test_nothing_is_overwritten(access: Engine, issued: list[str]) -> None:
    with pytest.raises(AccessRefused, match="are kept here already"):
        restore(access, list(backup(access)))


def test_what_is_no_whole_backup_restores_nothing(access: Engine, issued: list[str], tmp_path: Path) -> None:
    lines = list(backup(access))
    strange = json.dumps({"table": "keys", "row": {"id": "x"}}).encode()
    with opened(load(database_url=f"sqlite:///{tmp_path / 'other.db'}")) as other:
        for given, why in (
            ([], "no JSON object"),
            (lines[1:], OTHER_FORM),
            (lines[:-1], CUT_OFF),
            ([*lines[:2], lines[-1]], CUT_OFF),
            ([*lines, lines[-1]], CUT_OFF),
            ([*lines[:3], lines[3][:-5]], "no JSON object"),
            ([lines[0], strange], "has other columns"),
        ):
            with pytest.raises(AccessRefused) as refused:
                restore(other, given)
            assert why in str(refused.value)
            assert (organisations.all_of(other), keys.all_of(other)) == ([], [])


def test_by_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("a secret of this server")
    monkeypatch.setenv("CLEARANCE_ACCESS_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("COLUMNS", "200")
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db"))
    clearance("organisations", "add", "acme", "Acme Ltd", "--database-url", one)
    clearance("keys", "issue", "--for", "acme", "--database-url", one)
    file = tmp_path / "access.jsonl"
    code, text = clearance("access", "backup", str(file), "--database-url", one)
    assert (code, text.split(" rows")[0]) == (0, "2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert clearance("access", "backup", str(file), "--database-url", one)[0] == 2
    assert clearance("access", "restore", str(file), "--database-url", two) == (0, "2 rows are restored\n")
    assert clearance("access", "restore", str(file), "--database-url", two)[0] == 2
    assert clearance("access", "restore", str(tmp_path / "none"), "--database-url", two)[0] == 2
    assert json.loads(clearance("keys", "list", "--json", "--database-url", two)[1])[0]["name"] == "acme"
