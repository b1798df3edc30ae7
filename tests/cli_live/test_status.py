"""`clearance status`: what a person gets for a number."""

import json

from tests.api.test_silence import table
from tests.cli_live.conftest import LiveApi
from tests.cli_live.program import run

REVIEWED = table(7)
NUMBER = "E20260004010000003"
CLOSED_PORT = "http://127.0.0.1:9"


def test_it_shows_status_timeline_and_how_fresh_that_is(live_api: LiveApi) -> None:
    live_api.system.play("held-then-released")
    told = run("status", NUMBER, "--api", live_api.url)
    assert told.exit_code == 0
    for words in (
        f"cn:unified:{NUMBER}",
        "released",
        "goods released",
        "2026-03-02T02:00:00Z",
        "inspection",
        "as of 20",
    ):
        assert words in told.stdout


def test_it_shows_what_is_wrong_now(live_api: LiveApi) -> None:
    live_api.system.play("tax-unpaid")
    told = run("status", "290120261650000043", "--api", live_api.url)
    assert all(words in told.stdout for words in ("A09", "tax", "open"))


def test_it_speaks_chinese(live_api: LiveApi) -> None:
    live_api.system.play("held-then-released")
    told = run("status", NUMBER, "--lang", "zh", "--api", live_api.url)
    assert all(words in told.stdout for words in ("已放行", "下一步", "查验", "截至"))


def test_it_tells_the_silence_and_where_that_stands_now(live_api: LiveApi) -> None:
    system = live_api.system.take([*live_api.system.arrivals_of("cut-off-missed")][:-1])
    system.learn(REVIEWED)
    number = next(state.id for state in system.states() if not state.merged_into)
    english, chinese = (run("status", number, "--lang", one, "--api", live_api.url).stdout for one in ("en", "zh"))
    for told, words in (
        (english, ("silence", "half of the 200", "had moved on after")),
        (chinese, ("无动静", "半数", "已离开")),
    ):
        assert all(one in told.lower() for one in words), told


def test_it_finds_a_declaration_by_its_other_numbers_and_by_its_id(live_api: LiveApi) -> None:
    live_api.system.play("held-then-released", "uk-import-in-37-minutes")
    for number, expected in (
        ("290120260650000003", f"cn:unified:{NUMBER}"),
        ("uk:sender-lrn:demo-trader/SYN-LRN-00069", "uk:mrn:26GBSYN00000000069"),
    ):
        assert expected in run("status", number, "--api", live_api.url).stdout


def test_it_prints_json_for_programs(live_api: LiveApi) -> None:
    live_api.system.play("held-then-released")
    told = json.loads(run("status", NUMBER, "--json", "--api", live_api.url).stdout)
    assert told["status"]["code"] == "released"
    assert told["timeline"][-1]["code"] == "P"


def test_it_lists_several_declarations_with_one_number(live_api: LiveApi) -> None:
    live_api.system.play("one-entry-number-two-declarations")
    told = run("status", "290120261650000028", "--api", live_api.url)
    assert told.exit_code == 1
    assert "cn:unified:I20260004010000028  received" in told.stdout
    assert "cn:unified:I20260004010000128  received" in told.stdout


def test_an_unknown_number_is_told_with_a_hint(live_api: LiveApi) -> None:
    told = run("status", "E20260004019999999", "--api", live_api.url)
    assert told.exit_code == 1
    assert "no declaration carries the number" in told.stderr
    assert "clearance ingest" in told.stderr


def test_an_api_that_is_away_or_is_none_of_ours_is_one_clear_line(live_api: LiveApi) -> None:
    for address in (CLOSED_PORT, f"{live_api.url}/metrics?", "no address"):
        told = run("status", NUMBER, "--api", address)
        assert told.exit_code == 2
        assert told.stderr.count("\n") == 1
        assert "CLEARANCE_API_URL" in told.stderr
