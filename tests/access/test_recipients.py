"""`clearance recipients` as an operator meets it: what is refused says what to do, and no token is shown."""

import json
from pathlib import Path

import pytest
from tests.helpers.command import clearance

TOKEN = "0123456789abcdef-of-a-robot"  # noqa: S105 # nobody's


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLEARANCE_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("COLUMNS", "200")


def add(*words: str) -> tuple[int, str]:
    return clearance("recipients", "add", "desk", *words)


def test_a_recipient_is_added_listed_and_removed() -> None:
    clearance("organisations", "add", "acme", "Acme Ltd")
    code, text = add("--for", "acme", "--channel", "email", "--to", "desk@acme.example", "--quiet", "22:00-07:00")
    assert (code, text) == (0, "added: desk; `clearance recipients test desk` sends it a message\n")
    [one] = json.loads(clearance("recipients", "list", "--json")[1])
    assert (one["organisation"], one["address"], one["quiet"]) == ("acme", "desk@acme.example", "22:00-07:00")
    assert "22:00-07:00" in clearance("recipients", "list")[1]
    assert "is there already" in add("--ops", "--channel", "email", "--to", "desk@acme.example")[1]
    assert clearance("recipients", "undelivered", "--json") == (0, "[]\n")
    assert clearance("recipients", "remove", "desk") == (0, "removed: desk\n")
    assert clearance("recipients", "list", "--json") == (0, "[]\n")


def test_the_token_of_a_robot_is_shown_nowhere() -> None:
    told = [add("--ops", "--channel", "dingtalk", "--to-file", "token", "--secret-file", "token", "--digest", "08:30")]
    told += [clearance("recipients", "list"), clearance("recipients", "list", "--json")]
    assert [code for code, _ in told] == [0, 0, 0]
    assert not any(TOKEN in text for _, text in told)
    assert json.loads(told[-1][1])[0]["address"] == "…obot"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--channel", "email", "--to", "a@b.c"), "one of --for ORGANISATION, --ops"),
        (("--for", "nobody", "--channel", "email", "--to", "a@b.c"), "there is no organisation nobody"),
        (("--ops", "--channel", "pigeon", "--to", "a@b.c"), "there is no channel pigeon: choose one of email, wecom"),
        (("--ops", "--channel", "email", "--to", "a@b.c\nBcc: d@e.f"), "that is no address for email"),
        (("--ops", "--channel", "wecom", "--to", "https://qyapi.weixin.qq.com/x"), "give the key of the robot"),
        (("--ops", "--channel", "email", "--to", "a@b.c", "--severity", "bad"), "Invalid enum value 'bad'"),
        (("--ops", "--channel", "email", "--to", "a@b.c", "--rule", "A99"), "there is no rule A99"),
        (("--ops", "--channel", "email", "--to", "a@b.c", "--zone", "Mars/Base"), "there is no time zone 'Mars/Base'"),
        (("--ops", "--channel", "email", "--to", "a@b.c", "--digest", "25:00"), "is no time of a day"),
        (("--ops", "--channel", "email", "--to", "a@b.c", "--quiet", "22:00"), "is no time of a day"),
        (("--ops", "--channel", "email", "--to", "a@b.c", "--quiet", "07:00-07:00"), "all hours or none"),
        (
            ("--ops", "--channel", "email", "--to", "a@b.c", "--digest", "08:00", "--quiet", "22:00-07:00"),
            "leave the quiet hours out",
        ),
    ],
)
def test_what_could_never_be_told_is_refused(words: tuple[str, ...], why: str) -> None:
    code, text = add(*words)
    assert code == 2
    assert why in " ".join(text.replace("│", " ").split())
    assert clearance("recipients", "list", "--json") == (0, "[]\n")


def test_a_message_that_does_not_go_out_says_why() -> None:
    add("--ops", "--channel", "email", "--to", "desk@acme.example")
    code, text = clearance("recipients", "test", "desk")
    assert (code, text) == (1, "CLEARANCE_SMTP_SERVER is not set: name the server that takes mails\n")
