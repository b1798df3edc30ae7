"""The command line as a person meets it: what it prints, and what it answers with."""

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.messages import dec_result
from typer.testing import CliRunner, Result

from clearance.cli import main as command_line
from clearance.cli.main import program
from clearance.settings.tables import default_tables

RECORDINGS = Path(__file__).parents[1] / "recordings"
STORY = RECORDINGS / "held-then-released"
DECLARATION = "cn:unified:E20260004010000003"


def run(*words: object, columns: str = "160") -> Result:
    return CliRunner().invoke(program(), [str(word) for word in words], env={"COLUMNS": columns})


def test_replay_tells_status_timeline_and_what_was_wrong() -> None:
    result = run("replay", STORY)
    assert result.exit_code == 0
    for words in (DECLARATION, "released", "goods released", "inspection notice", "A07", "resolved", "0 refused"):
        assert words in result.stdout


def test_replay_speaks_chinese() -> None:
    result = run("replay", "--lang", "zh", STORY)
    assert all(words in result.stdout for words in ("已放行", "货物须查验", "下一步", "承运人", "海关已放行"))


def test_replay_breaks_no_word_at_eighty_columns() -> None:
    for story in ("import-filed-in-advance", "uk-detained-then-cleared", "two-step-completion-missing"):
        wide, narrow = (run("replay", RECORDINGS / story, columns=columns).stdout for columns in ("400", "80"))
        assert max(map(cell_len, narrow.splitlines())) == 80
        assert {*re.findall("[A-Za-z0-9_:-]+", narrow)} == {*re.findall("[A-Za-z0-9_:-]+", wide)}


def test_replay_prints_json_for_programs() -> None:
    told = json.loads(run("replay", "--json", STORY).stdout)
    one = told["declarations"][DECLARATION]
    assert one["view"]["status"] == "released"
    assert one["view"]["timeline"][-1]["authority_time"] == "2026-03-03T08:10:00"
    assert [(found["rule"], found["state"]) for found in one["anomalies"]] == [("A07", "resolved")]
    [found] = one["anomalies"]
    said = "货物须查验，尚未放行；海关原文：“查验通知”；"
    assert found["words"]["zh"] == said + "备好货物和单证，按海关要求的时间地点配合查验；尚无安排的，向海关约定。"
    assert found["particulars"] == []


def test_replay_goes_on_after_a_bad_file_and_says_so_in_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_bytes(b"<DEC_RESULT><CHANNEL>P</CHANNEL>")
    result = run("replay", tmp_path / "bad.xml", STORY / "005-released.xml")
    assert result.exit_code == 1
    assert "refused bad.xml: not well-formed XML" in result.stdout
    assert DECLARATION in result.stdout


def test_replay_takes_a_folder_of_folders_and_loose_files_in_any_order() -> None:
    files = sorted(STORY.glob("*.xml"), reverse=True)
    assert "released" in run("replay", *files).stdout
    assert len(json.loads(run("replay", "--json", RECORDINGS).stdout)["declarations"]) > 60


def test_replay_lets_time_pass_until_then() -> None:
    received = STORY / "002-received.xml"
    assert "A04" not in run("replay", received).stdout
    overdue = run("replay", "--until", "2026-03-02T03:00:01Z", received)
    assert "A04" in overdue.stdout
    for wrong in ("2026-03-02 03:00", "0001-01-01T00:00:00+10:00", "soon"):
        assert run("replay", "--until", wrong, received).exit_code == 2


def test_replay_takes_durations_of_the_users_own(tmp_path: Path) -> None:
    own = tmp_path / "durations.csv"
    own.write_text(
        "rule,authority,direction,transport_mode,basis,level,after,calendar,severity,source\n"
        "A04,cn,*,*,since,1,PT5M,always,critical,ours\n"
    )
    options = ("--json", "--durations", own, "--until", "2026-03-02T01:06:00Z")
    told = json.loads(run("replay", *options, STORY / "002-received.xml").stdout)
    [anomaly] = told["declarations"][DECLARATION]["anomalies"]
    assert (anomaly["rule"], anomaly["severity"]) == ("A04", "critical")


def test_a_broken_table_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "durations.csv"
    own.write_text(
        "rule,authority,direction,transport_mode,basis,level,after,calendar,severity,source\n"
        "A04,cn,*,*,since,1,soon,always,critical,ours\n"
    )
    monkeypatch.setattr("sys.argv", ["clearance", "replay", "--durations", str(own), str(STORY)])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert end.value.code == 2
    assert f"{own}:2: after:" in capsys.readouterr().err


def test_a_broken_sidecar_or_a_stray_file_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    (tmp_path / "001.json").write_text('{"kind": "clock", "received_at": "tomorrow"}')
    (tmp_path / "push.json").write_text('{"EntryNo": "290120260650000003", "ReturnCode": "025"}')
    (tmp_path / "huge.xml").write_bytes(b"<a>" + b"x" * (1 << 20) + b"</a>")
    (tmp_path / "good.xml").write_bytes((STORY / "005-released.xml").read_bytes())
    result = run("replay", tmp_path)
    assert result.exit_code == 1
    for words in ("001.json: received_at:", "push.json", "at most 1,048,576 are taken", DECLARATION, "3 refused"):
        assert words in result.stdout


@pytest.mark.parametrize(
    ("sidecar", "reason"),
    [
        ({"received_at": "2026-03-02T01:00:00Z", "kind": "clock"}, "a message stands beside it"),
        ({"received_at": "2026-03-02T01:00:00Z", "system": "uk-dms"}, "is no code list of CHANNEL codes"),
        (
            {"received_at": "2026-03-02T01:00:00Z", "system": "zz", "authority": "cn"},
            "is no code list of CHANNEL codes",
        ),
        ({"conversation_id": "c" * 81}, "is no id of a conversation: 1 to 80 printable characters"),
        ({"conversation_id": "a\x07"}, "is no id of a conversation"),
    ],
)
def test_a_sidecar_that_does_not_fit_its_message_loses_nothing_silently(
    tmp_path: Path, sidecar: dict[str, str], reason: str
) -> None:
    (tmp_path / "a.xml").write_bytes((STORY / "005-released.xml").read_bytes())
    (tmp_path / "a.json").write_text(json.dumps(sidecar))
    result = run("replay", tmp_path)
    assert (result.exit_code, reason in result.stdout) == (1, True)


@pytest.mark.parametrize("text", ["", "rule,authority\n", "rule,authority\nA04,cn\n"])
def test_a_table_without_its_columns_or_rows_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.csv").write_text(text)
    assert run("replay", "--durations", tmp_path / "own.csv", STORY).exit_code != 0


def test_hidden_folders_and_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.xml").write_bytes(b"<a/>")
    (tmp_path / "self").symlink_to(tmp_path)
    (tmp_path / "good.xml").write_bytes((STORY / "005-released.xml").read_bytes())
    assert "1 declaration, 0 open anomalies, 0 duplicates, 0 refused" in run("replay", tmp_path).stdout


def test_markup_and_control_characters_of_a_message_are_shown_as_text(tmp_path: Path) -> None:
    data = (
        (STORY / "005-released.xml").read_text(encoding="utf-8").replace("报关单已放行", "bad [/b] [red]\u009b2J end")
    )
    (tmp_path / "note.xml").write_text(data, encoding="utf-8")
    for command in ("replay", "explain"):
        result = run(command, tmp_path / "note.xml")
        assert "bad [/b] [red]\ufffd2J end" in result.stdout
        assert result.exit_code == 0


def test_a_number_in_the_name_of_a_file_is_told_by_its_shape(tmp_path: Path) -> None:
    bare = dec_result(CHANNEL="N", NOTICE_DATE="2026-03-03T09:00:00")
    (tmp_path / "Receipt_E20260004010000003_20260303090000000.xml").write_bytes(bare)
    (tmp_path / "released.xml").write_bytes((STORY / "005-released.xml").read_bytes())
    told = json.loads(run("replay", "--json", tmp_path).stdout)["declarations"]
    assert [*told] == [DECLARATION]
    assert len(told[DECLARATION]["view"]["timeline"]) == 2


def test_a_command_for_no_declaration_is_refused(tmp_path: Path) -> None:
    for name, declaration in (("1", ""), ("2", "cn:foo:1"), ("3", "nonsense"), ("4", "cn:bill:1")):
        (tmp_path / f"{name}.json").write_text(
            json.dumps(
                {
                    "kind": "command",
                    "received_at": "2026-03-02T01:00:00Z",
                    "declaration": declaration,
                    "command": {"command_id": name, "kind": "register"},
                }
            )
        )
    result = run("replay", tmp_path)
    assert (result.exit_code, "4 refused" in result.stdout) == (1, True)


def test_an_empty_folder_is_wrong_use(tmp_path: Path) -> None:
    assert run("replay", tmp_path).exit_code == 2


def test_version_is_printed() -> None:
    assert run("--version").stdout.strip().count(".") == 2


def test_explain_names_the_table_that_an_intermediary_shares() -> None:
    told = run("explain", "--system", "cn-epdp", STORY / "005-released.xml").stdout
    assert "codes/cn-channel.csv:" in told


def test_a_path_that_does_not_exist_is_wrong_use() -> None:
    assert run("replay", "no-such-folder").exit_code == 2


def test_explain_says_what_a_message_is_and_which_row_says_so() -> None:
    result = run("explain", STORY / "004-inspection.xml")
    assert result.exit_code == 0
    for words in ("DEC_RESULT", "cn-channel", DECLARATION, "unified:", "entry:", "inspection", "codes/cn-channel.csv:"):
        assert words in result.stdout


def test_explain_names_the_row_whose_line_holds_the_code() -> None:
    [one] = json.loads(run("explain", "--json", STORY / "004-inspection.xml").stdout)
    name, line = one["meanings"][0]["row"].split(":")
    folder = default_tables().authorities["cn"].folder
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    assert lines[int(line) - 1].startswith("C,")


def test_explain_tells_every_meaning_that_history_may_give() -> None:
    told = run("explain", RECORDINGS / "uk-withdrawn" / sorted_names("uk-withdrawn")[-1]).stdout
    assert "withdrawn" in told
    assert "expired" in told
    assert "cancellation_granted" in told


def test_explain_keeps_an_unknown_code() -> None:
    result = run("explain", RECORDINGS / "unknown-code-kept" / "003-never-seen-before.xml")
    assert result.exit_code == 0
    assert "A20" in result.stdout


def test_explain_refuses_what_is_no_message(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x00")
    result = run("explain", tmp_path / "x")
    assert result.exit_code == 1
    assert "refused:" in result.output


def test_codes_prints_what_is_kept_and_why() -> None:
    result = run("codes", "--kept")
    assert result.exit_code == 0
    assert all(words in result.stdout for words in ("准予进卡", "gate permit", "DMSREQ of another"))
    assert run("codes", "no-such-list").exit_code == 2
    assert "DMSROG" in run("codes", "uk-dms").stdout


@pytest.mark.parametrize("command", ["replay", "explain", "codes"])
def test_help_shows_examples(command: str) -> None:
    assert f"clearance {command}" in run(command, "--help").stdout


def test_an_unknown_dialect_is_named_with_the_known_ones() -> None:
    result = run("replay", "--system", "cn-nowhere", STORY)
    assert result.exit_code == 2
    assert "cn-epdp" in result.output


def sorted_names(story: str) -> list[str]:
    return sorted(path.name for path in (RECORDINGS / story).glob("*.xml"))
