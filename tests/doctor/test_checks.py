"""The table of checks and what comes of one: each is made once, in an order, within bounds, and is told in both
languages."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner, Result

from clearance.cli.main import program
from clearance.devbroker.local import free_port
from clearance.doctor import examining
from clearance.doctor.checks import About, checks
from clearance.doctor.examining import LOOKS, examine
from clearance.doctor.installation import Installation
from clearance.kafka.errors import BrokerError
from clearance.settings import load

BRACES = re.compile(r"{(\w+)}")


def test_each_check_is_made() -> None:
    assert [*checks()] == [*LOOKS]


def test_a_check_needs_those_before_it() -> None:
    before: set[str] = set()
    for name, check in checks().items():
        assert {*check.needs.split()} <= before, name
        before.add(name)


def test_a_process_that_a_check_concerns_is_concerned_by_what_it_needs() -> None:
    for check in checks().values():
        for part in check.parts.split():
            assert all(checks()[one].concerns(part) for one in check.needs.split()), check.check


@pytest.mark.parametrize("name", checks())
def test_both_languages_tell_the_same(name: str) -> None:
    check = checks()[name]
    assert {*BRACES.findall(check.zh)} == {*BRACES.findall(check.en)}
    assert {*BRACES.findall(check.do_zh)} == {*BRACES.findall(check.do_en)}


def made(monkeypatch: pytest.MonkeyPatch, look: object) -> dict[str, tuple[str, str]]:
    """State and reason by check, where the first of the broker's looks so and all others find nothing."""

    def nothing(_: Installation) -> Iterable[About]:
        return ()

    monkeypatch.setattr(examining, "LOOKS", dict.fromkeys(LOOKS, nothing) | {"broker-unreachable": look})
    with Installation(load()) as here:
        return {one.check.check: (one.state, one.why) for one in examine(here)}


def test_what_follows_from_a_fault_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    states = made(monkeypatch, lambda _: [{"servers": "", "reason": ""}])
    assert states["broker-unreachable"] == ("wrong", "")
    assert states["topic-anew"] == states["store-foreign"] == ("skipped", "broker-unreachable")
    assert states["store-schema"] == states["packages"] == ("ok", "")


def test_a_check_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "SECONDS", 0.05)
    hanging = Event()
    states = made(monkeypatch, lambda _: hanging.wait(30) and ())
    hanging.set()
    assert states["broker-unreachable"] == ("unknown", "no answer within 0 s")


def test_an_error_that_ends_processes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_: Installation) -> Iterable[About]:
        raise BrokerError("the broker does not let us")

    assert made(monkeypatch, look)["broker-unreachable"] == ("unknown", "the broker does not let us")


def test_a_bug_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        made(monkeypatch, lambda _: [{"servers": str(1 // 0)}])


def run(tmp_path: Path, *words: str) -> Result:
    """The command where nobody listens and nothing was made."""
    at, store = f"127.0.0.1:{free_port()}", f"sqlite:///{tmp_path / 'store.db'}"
    words = ("doctor", *words, "--bootstrap", at, "--database-url", store)
    return CliRunner().invoke(program(["doctor"]), words, env={"COLUMNS": "200"})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_prints_what_is_wrong_and_what_to_do_on_80_columns(tmp_path: Path, language: str) -> None:
    result = run(tmp_path, "--lang", language)
    assert result.exit_code == 1
    assert max(map(len, result.stdout.splitlines())) <= 80
    flat = " ".join(result.stdout.split())
    check = checks()["broker-unreachable"]
    looks, do = (check.looks_zh, check.do_zh) if language == "zh" else (check.looks_en, check.do_en)
    assert looks in flat
    assert do.partition(",")[0].partition("，")[0] in flat
    assert "docs/runbooks/BrokerAway.md" in flat
    assert "topic-missing" in flat


def test_it_tells_programs(tmp_path: Path) -> None:
    result = run(tmp_path, "--json")
    told = {one["check"]: one for one in json.loads(result.stdout)}
    assert [*told] == [*checks()]
    [found] = told["broker-unreachable"]["found"]
    assert found["says"].startswith("Nobody listens at 127.0.0.1:")
    assert told["topic-missing"]["state"] == "skipped"
    assert told["store-unmade"]["state"] == "wrong"
    assert result.exit_code == 1


def test_a_tracker_needs_neither_store_nor_secret(tmp_path: Path) -> None:
    told = {one["check"] for one in json.loads(run(tmp_path, "tracker", "--json").stdout)}
    assert {"broker-unreachable", "tables-differ", "packages"} <= told
    assert not {"api-secret", "store-unreachable", "open-files"} & told


def test_notes_alone_are_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    looks: dict[str, object] = dict.fromkeys(LOOKS, lambda _: ())
    monkeypatch.setattr(examining, "LOOKS", looks | {"java": lambda _: [{"said": "there is no java"}]})
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "1 to note" in result.stdout
