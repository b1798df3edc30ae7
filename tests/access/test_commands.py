"""`clearance organisations` and `clearance keys` as an operator meets them."""

import json
from pathlib import Path

import pytest
from tests.helpers.command import clearance


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("a secret of this server")
    monkeypatch.setenv("CLEARANCE_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("CLEARANCE_ACCESS_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("COLUMNS", "200")


def test_an_organisation_gets_a_key_and_loses_it() -> None:
    code, text = clearance("organisations", "add", "acme", "Acme Ltd", "--identifier", "eori:GB123456789000")
    assert (code, text) == (0, "added: acme; `clearance keys issue --for acme` makes it a key\n")
    _, text = clearance("organisations", "identify", "acme", "connection:acme")
    assert text == "connection:acme names acme\n"
    _, text = clearance("organisations", "show", "acme", "--json")
    assert json.loads(text)["identifiers"] == ["connection:acme", "eori:GB123456789000"]
    _, text = clearance("keys", "issue", "--for", "acme", "--scope", "read", "--scope", "command", "--days", "30")
    key, told = text.splitlines()
    assert key.startswith("clr_")
    assert "it is not told again" in told
    _, text = clearance("keys", "list", "--json")
    [kept] = json.loads(text)
    assert (kept["name"], kept["scopes"], kept["state"]) == ("acme", ["read", "command"], "valid")
    assert key not in text
    _, text = clearance("keys", "roll", kept["id"], "--overlap-hours", "0", "--json")
    assert json.loads(text)["key"] != key
    assert clearance("keys", "revoke", json.loads(text)["id"])[0] == 0
    _, text = clearance("keys", "list", "--for", "acme")
    assert "expired" in text
    assert "revoked" in text
    _, text = clearance("organisations", "list")
    assert "Acme Ltd" in text


def test_a_narrow_terminal_shows_the_id_of_a_key_and_its_end_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    clearance("organisations", "add", "acme", "Acme Ltd")
    clearance("keys", "issue", "--for", "acme", "--days", "30", "--note", "the one of the night shift")
    [kept] = json.loads(clearance("keys", "list", "--json")[1])
    _, text = clearance("keys", "list")
    assert kept["id"] in text
    assert "…" not in text


def test_an_organisation_may_ask_more_than_others() -> None:
    clearance("organisations", "add", "acme", "Acme Ltd")
    for given, kept in (("60000", 60000), ("default", None)):
        code, text = clearance("organisations", "set-quota", "acme", given)
        assert (code, text) == (0, f"acme: {given} requests a minute; it holds within a second\n")
        assert json.loads(clearance("organisations", "show", "acme", "--json")[1])["quota"] == kept
        assert given in clearance("organisations", "list")[1]


def test_a_connection_and_the_operator_hold_keys_of_their_own() -> None:
    for held in (("--connection", "acme"), ("--ops",)):
        assert clearance("keys", "issue", *held)[0] == 0
    _, text = clearance("keys", "list", "--json")
    assert {(one["holder"], *one["scopes"]) for one in json.loads(text)} == {
        ("connection", "ingest"),
        ("operator", "ops"),
    }


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("keys", "issue"), "say who holds it: one of --for ORGANISATION, --connection NAME, --ops"),
        (("keys", "issue", "--for", "acme", "--ops"), "say who holds it"),
        (("keys", "issue", "--for", "acme"), "there is no organisation acme"),
        (("keys", "revoke", "x"), "there is no key x"),
        (("organisations", "show", "acme"), "there is no organisation acme"),
        (("organisations", "add", "acme", "Acme", "--identifier", "uscc:1"), "is no unified social credit code"),
        (("organisations", "set-quota", "acme", "9"), "there is no organisation acme"),
        (("organisations", "set-quota", "acme", "0"), "the quota is 0: choose one from 1 to 100000000"),
        (("organisations", "set-quota", "acme", "many"), "it is a number of requests a minute, or `default`"),
    ],
)
def test_what_is_refused_says_what_to_do(words: tuple[str, ...], why: str) -> None:
    code, text = clearance(*words)
    assert code == 2
    assert why in text
    assert clearance("organisations", "list", "--json")[1] == "[]\n"


def test_no_key_is_issued_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLEARANCE_ACCESS_SECRET_FILE")
    code, text = clearance("keys", "issue", "--ops")
    assert code == 2
    assert text.startswith("clearance: CLEARANCE_ACCESS_SECRET_FILE is not set: name a file")
