"""An authority that somebody else made is followed like the shipped ones: installed from its wheel, nothing edited."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.helpers.installed import run

SHELL = "atlantis:shell:S0000007"


def notice(code: str, hour: int) -> bytes:
    at = f"2026-03-02T{hour:02}:00:00Z"
    return f"<TideNotice><Shell>S0000007</Shell><Code>{code}</Code><At>{at}</At></TideNotice>".encode()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for place, (code, hour) in enumerate([("EBB", 10), ("DIVE", 11), ("FLOOD", 19)], 1):
        (folder / f"{place}.xml").write_bytes(notice(code, hour))
    return folder


def replayed(installed: Path, folder: Path, *options: str) -> dict[str, Any]:
    told = json.loads(run(str(installed / "clearance"), "replay", str(folder), "--json", *options, cwd=folder))
    declaration: dict[str, Any] = told["declarations"][SHELL]
    return declaration


def test_its_messages_are_parsed_and_folded(installed: Path, inbox: Path) -> None:
    told = replayed(installed, inbox)
    assert told["view"]["status"] == "released"
    assert [entry["code"] for entry in told["view"]["timeline"]] == ["EBB", "DIVE", "FLOOD"]
    assert [(one["rule"], one["state"]) for one in told["anomalies"]] == [("A07", "resolved")]


def test_its_deadlines_count_by_its_own_durations_and_office_hours(installed: Path, inbox: Path) -> None:
    """Received at 10:00, of its day from 02:00 to 14:00 UTC: six hours end at 04:00 of the next."""
    for name in ("2.xml", "3.xml"):
        (inbox / name).unlink()
    told = replayed(installed, inbox, "--until", "2026-03-03T05:00:00Z")
    assert [(one["rule"], one["deadline"]) for one in told["anomalies"]] == [("A04", "2026-03-03T04:00:00Z")]


def test_a_bad_message_of_it_is_refused_with_its_reason(installed: Path, inbox: Path) -> None:
    (inbox / "2.xml").write_bytes(notice("DIVE", 11).replace(b"S0000007", b"L0000007"))
    said = run(str(installed / "clearance"), "explain", str(inbox / "2.xml"), cwd=inbox, fails=1)
    assert "贝壳号 (shell) 'L0000007' is not one" in said


WORDS = """
from clearance.api.words import Words
from clearance.settings.tables import default_tables

assert default_tables().numbers.checked_id("atlantis:shell:S0000007")
print(Words("zh").of("authority", "atlantis"), Words("en").of("number", "atlantis:shell"))
"""


def test_the_api_has_words_for_it(installed: Path, tmp_path: Path) -> None:
    assert run(str(installed / "python"), "-c", WORDS, cwd=tmp_path).strip() == "亚特兰蒂斯海关 shell number"
