"""`clearance anomalies`: what is wrong and what is done about it, as a person at a terminal does it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.system import System
from tests.cli_live.conftest import LiveApi, serving
from tests.cli_live.program import run
from tests.helpers.stores import made_store, opened_access

UNTIL = ("--until", "2026-03-09T00:00:00Z")


@pytest.fixture
def live_api(tmp_path: Path) -> Iterator[LiveApi]:
    store = made_store(f"sqlite:///{tmp_path / 'store.db'}")
    system = System(store)
    system.play("suspended-and-waiting")
    with opened_access(store.url.render_as_string()) as access, serving(system, access=access) as api_url:
        yield LiveApi(api_url, system)
    store.dispose()


def listed(live_api: LiveApi, *words: str) -> list[dict[str, Any]]:
    told = run("anomalies", "list", *words, "--json", "--api", live_api.url)
    assert told.exit_code == 0
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_an_anomaly_is_assigned_acknowledged_and_resolved(live_api: LiveApi) -> None:
    one = listed(live_api)[0]
    for words, said in (
        (("assign", one["id"], "Wang"), "assigned"),
        (("acknowledge", one["id"], "--note", "at it", "--by", "Li"), "acknowledged"),
        (("resolve", one["id"], "--note", "done"), "resolved for you"),
    ):
        told = run("anomalies", *words, "--api", live_api.url)
        assert (told.exit_code, told.stdout) == (0, f"{one['id']}: {said}\n")
    assert one["id"] not in [each["id"] for each in listed(live_api)]
    [closed] = listed(live_api, "--state", "resolved", "--assignee", "Wang")
    assert closed["id"] == one["id"]
    shown = run("anomalies", "show", one["id"], "--api", live_api.url).stdout
    assert [line.split("  ", 1)[1] for line in shown.splitlines()[-4:-1]] == [
        "assigned  to Wang  (command)".replace("(command)", f"({closed['history'][1]['cause']})"),
        "acknowledged  by Li  at it",
        f"resolved  ({closed['history'][3]['cause']})  done",
    ]


def test_a_list_shows_what_is_wrong(live_api: LiveApi) -> None:
    one = listed(live_api)[0]
    told = run("anomalies", "list", "--lang", "zh", "--api", live_api.url)
    assert f"{one['id']}  严重  未结  A08  {one['declaration']}\n" in told.stdout
    assert "  须处理：收发货人、报关行、法务" in told.stdout
    assert told.stdout.splitlines()[-1].startswith("截至 2")
    nothing = run("anomalies", "list", "--rule", "A33", "--api", live_api.url).stdout.splitlines()
    assert nothing[0] == "none"
    assert nothing[1].startswith("as of 2")


def test_what_the_api_refuses_is_one_line(live_api: LiveApi) -> None:
    one = listed(live_api)[0]
    assert run("anomalies", "false-positive", one["id"], "--api", live_api.url).exit_code == 0
    assert "anomaly: it is not of the form" in run("anomalies", "show", "5c0a5f…", "--api", live_api.url).stderr
    for words in (
        ("resolve", one["id"]),
        ("resolve", "0" * 24),
        ("mute", "unknown", "A07", *UNTIL),
    ):
        told = run("anomalies", *words, "--api", live_api.url)
        assert (told.exit_code, told.stdout) == (2, "")
        assert told.stderr.startswith("clearance: ")


def test_a_rule_is_muted_for_a_declaration(live_api: LiveApi) -> None:
    one = listed(live_api)[0]
    words = ("mute", one["declaration"], one["rule"]["code"], *UNTIL)
    told = run("anomalies", *words, "--api", live_api.url)
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith(f"{one['rule']['code']} is muted for {one['declaration']}")


def test_a_rule_is_muted_whatever_the_declaration(live_api: LiveApi) -> None:
    assert run("anomalies", "mute-rule", "A18", "--by", "Li", "--api", live_api.url).exit_code == 0
    assert run("anomalies", "mute-rule", "A04", *UNTIL, "--api", live_api.url).exit_code == 0
    told = run("anomalies", "mutes", "--lang", "zh", "--api", live_api.url).stdout.splitlines()
    assert [line.split("  ", 1)[1] for line in told] == ["至 2026-03-09T00:00:00Z", "长期  由 Li 设置"]
    assert run("anomalies", "unmute-rule", "A18", "--api", live_api.url).exit_code == 0
    assert "A18" not in run("anomalies", "mutes", "--api", live_api.url).stdout
    assert run("anomalies", "mutes", "unknown", "--api", live_api.url).exit_code == 2


def test_what_is_not_decided_yet_is_not_told_as_done(live_api: LiveApi) -> None:
    one = listed(live_api)[0]
    live_api.system.decides = False
    for words in (("resolve", one["id"]), ("mute", one["declaration"], "A08", *UNTIL)):
        told = run("anomalies", *words, "--api", live_api.url)
        assert told.exit_code == 0
        assert "not decided yet, since the tracker is behind" in told.stdout
