"""Organisations and keys as an operator changes them: what was done is found again, what cannot be is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from clearance.access import keys, organisations, schema
from clearance.access.errors import AccessRefused
from clearance.access.verdicts import Key, judge

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = b"a secret of this server"
OURS = Key("", "organisation", "acme", ("read",), NOW)
USCC = "uscc:91350100M000100Y43"


@pytest.fixture
def acme(access: Engine) -> Engine:
    """With one organisation."""
    organisations.add(access, "acme", "Acme 出口", NOW)
    return access


def judged(engine: Engine, told: str, scope: str = "read", at: datetime = NOW) -> str | None:
    snapshot = keys.snapshot(engine)
    assert snapshot is not None
    return judge(told, scope, snapshot.keys, SECRET, at)[1]


def test_an_organisation_is_found_with_its_identifiers(acme: Engine) -> None:
    organisations.identify(acme, "acme", USCC.lower().replace("uscc", "uscc"))
    organisations.identify(acme, "acme", "connection:acme")
    organisations.identify(acme, "acme", USCC)
    expected = organisations.Organisation("acme", "Acme 出口", NOW, ("connection:acme", USCC))
    assert organisations.all_of(acme) == [expected]
    assert organisations.the_one(acme, "acme") == expected
    organisations.unidentify(acme, "acme", USCC)
    assert organisations.the_one(acme, "acme").identifiers == ("connection:acme",)


def test_an_identifier_names_one_organisation(acme: Engine) -> None:
    organisations.add(acme, "other", "Other", NOW)
    organisations.identify(acme, "acme", USCC)
    with pytest.raises(AccessRefused, match="names acme: take it away there"):
        organisations.identify(acme, "other", USCC)
    organisations.unidentify(acme, "acme", USCC)
    organisations.identify(acme, "other", USCC)


def test_a_key_is_told_once_and_kept_as_a_hash(acme: Engine) -> None:
    told, key = keys.issue(acme, SECRET, structs.replace(OURS, note="for tests"))
    assert judged(acme, told) is None
    assert keys.all_of(acme) == [key]
    with acme.connect() as connection:
        kept = "".join(map(repr, connection.execute(select(schema.keys)).all()))
    assert told not in kept
    assert told[4:41] not in kept


def test_a_key_of_another_secret_is_unknown(acme: Engine) -> None:
    told, _ = keys.issue(acme, b"another secret", OURS)
    assert judged(acme, told) == "unknown"


def test_a_revoked_key_stays_revoked(acme: Engine) -> None:
    told, key = keys.issue(acme, SECRET, OURS)
    keys.revoke(acme, key.id, NOW)
    assert judged(acme, told) == "revoked"
    with pytest.raises(AccessRefused, match="is revoked already"):
        keys.revoke(acme, key.id, NOW + HOUR)
    with pytest.raises(AccessRefused, match="is revoked already"):
        keys.roll(acme, SECRET, key.id, HOUR, NOW)


def test_rolled_keys_work_side_by_side_for_the_overlap(acme: Engine) -> None:
    old, key = keys.issue(acme, SECRET, structs.replace(OURS, expires_at=NOW + 10 * HOUR, scopes=("read", "command")))
    later = NOW + 5 * HOUR
    new, rolled = keys.roll(acme, SECRET, key.id, HOUR, later)
    assert (rolled.scopes, rolled.name, rolled.expires_at) == (key.scopes, "acme", later + 10 * HOUR)
    assert [judged(acme, one, "command", later + HOUR / 2) for one in (old, new)] == [None, None]
    assert [judged(acme, one, "command", later + HOUR) for one in (old, new)] == ["expired", None]


def test_an_overlap_makes_no_key_last_longer(acme: Engine) -> None:
    old, key = keys.issue(acme, SECRET, structs.replace(OURS, expires_at=NOW + HOUR))
    keys.roll(acme, SECRET, key.id, 100 * HOUR, NOW)
    assert judged(acme, old, at=NOW + HOUR) == "expired"


def test_every_change_is_a_new_version_and_a_use_is_none(acme: Engine) -> None:
    before = keys.snapshot(acme)
    assert before is not None
    assert keys.snapshot(acme, before.version) is None
    _, key = keys.issue(acme, SECRET, OURS)
    changes: list[Callable[[], object]] = [
        partial(organisations.identify, acme, "acme", USCC),
        partial(keys.revoke, acme, key.id, NOW),
    ]
    for change in changes:
        known = keys.snapshot(acme)
        assert known is not None
        change()
        assert keys.snapshot(acme, known.version) is not None
    known = keys.snapshot(acme)
    assert known is not None
    assert known.identifiers == {"acme": (USCC,)}
    keys.note_use(acme, {key.id: NOW + HOUR})
    assert keys.snapshot(acme, known.version) is None
    assert keys.all_of(acme)[0].last_used_at == NOW + HOUR


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (structs.replace(OURS, name="nobody"), "there is no organisation nobody: `clearance organisations add`"),
        (structs.replace(OURS, scopes=("ingest",)), "of an organisation cannot have ingest: it may have read, command"),
        (structs.replace(OURS, scopes=("ops", "read")), "cannot have ops"),
        (structs.replace(OURS, scopes=()), "cannot have no scope"),
        (Key("", "connection", "acme", ("read",), NOW), "of a connection cannot have read: it may have ingest"),
        (Key("", "connection", "a b", ("ingest",), NOW), "its form is"),
        (Key("", "operator", "", ("ingest",), NOW), "of the operator cannot have ingest"),
        (structs.replace(OURS, expires_at=NOW), "choose a later time"),
    ],
)
def test_a_key_that_must_not_be_is_refused(acme: Engine, wanted: Key, why: str) -> None:
    with pytest.raises(AccessRefused) as refused:
        keys.issue(acme, SECRET, wanted)
    assert why in str(refused.value)
    assert keys.all_of(acme) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda engine: organisations.add(engine, "acme", "again", NOW), "acme is there already"),
        (lambda engine: organisations.add(engine, "Acme!", "bad", NOW), "is no id: write it in up to 40"),
        (lambda engine: organisations.add(engine, "x", "\x1b[2J", NOW), "the name must be printable"),
        (lambda engine: organisations.identify(engine, "nobody", USCC), "organisations add` adds one"),
        (lambda engine: organisations.unidentify(engine, "acme", USCC), "does not name acme"),
        (lambda engine: organisations.the_one(engine, "nobody"), "there is no organisation nobody"),
        (lambda engine: keys.revoke(engine, "0" * 12, NOW), "there is no key 000000000000: `clearance keys list`"),
    ],
)
def test_what_cannot_be_done_says_why(acme: Engine, change: Callable[[Engine], object], why: str) -> None:
    with pytest.raises(AccessRefused) as refused:
        change(acme)
    assert why in str(refused.value)
