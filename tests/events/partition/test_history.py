"""History can be folded anew (docs/upgrading.md): every difference that this step makes to it is named, with a reason.

`history/before.json` is what the last version before issue 12 (commit 8b3b6e4) made of the recordings;
`tests/helpers/outcomes.py` says how it was made. `history/differences.csv` is the table of what is otherwise now.
"""

import csv
import json
from pathlib import Path

import pytest
from tests.helpers.outcomes import outcomes
from tests.helpers.recordings import RECORDINGS

HISTORY = Path(__file__).parent / "history"
BEFORE: dict[str, dict[str, str]] = json.loads((HISTORY / "before.json").read_text(encoding="utf-8"))
ABSENT = "not there"


def table() -> list[dict[str, str]]:
    with (HISTORY / "differences.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row(recording: str, declaration: str, before: str, now: str) -> str:
    return f"{recording}, {declaration or 'the whole'}: {before} → {now}"


@pytest.mark.parametrize("recording", sorted(BEFORE))
def test_every_difference_to_the_step_before_is_in_the_table(recording: str) -> None:
    before, now = BEFORE[recording], outcomes(RECORDINGS / recording)
    pairs = {one: (before.get(one, ABSENT), now.get(one, ABSENT)) for one in before | now}
    found = {row(recording, one, *pair) for one, pair in pairs.items() if pair[0] != pair[1]}
    named = {
        row(recording, each["declaration"], each["before"], each["now"])
        for each in table()
        if each["recording"] == recording
    }
    assert not found - named, "name it in differences.csv, with its reason and source"
    assert not named - found, "these are no differences any more: take them out of differences.csv"


def test_every_row_has_a_reason_and_a_source_and_stands_once() -> None:
    rows = table()
    assert [each for each in rows if not (each["reason"] and each["source"])] == []
    keys = [(each["recording"], each["declaration"]) for each in rows]
    assert sorted(keys) == keys
    assert len(set(keys)) == len(keys)
    assert {recording for recording, _ in keys} <= BEFORE.keys()
