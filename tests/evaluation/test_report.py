"""The report: small, from two seeds that are kept, as docs/evaluation.md draws it from twenty."""

import json
from pathlib import Path

import msgspec
import pytest
from benchmarks.evaluation import report
from docs import evaluation_tables

from clearance.evaluation import tuning
from clearance.evaluation.seeds import Wish, one_seed


def _kept(folder: Path, seed: int, declarations: int = 300) -> Path:
    one_seed(seed, Wish(seeds=(seed,), declarations=declarations, keep=folder))
    return folder


def test_a_report_is_drawn_from_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "SETTINGS", tuning.SETTINGS[::10])  # all of them take seconds
    monkeypatch.setattr(tuning, "HASTES", tuning.HASTES[::3])
    result = report(_kept(tmp_path / "tuned", 1), _kept(tmp_path / "reported", 101))
    assert result["tuned_on"] == {"seeds": (1,), "declarations": 300}
    assert result["reported"]["seeds"] == (101,)
    written = tmp_path / "evaluation.json"
    written.write_text(json.dumps(msgspec.to_builtins(result)), encoding="utf-8")
    monkeypatch.setattr(evaluation_tables, "FIGURES", written)
    drawn = evaluation_tables.tables()
    assert "Seeds 101–101, 300 declarations each" in drawn["seeds"]
    assert "is 1.000" in drawn["seeds"]
    assert drawn["rules"].count("\n| A0") >= 3
    assert "counted from the review" in drawn["cut-offs"]


def test_what_was_tuned_on_is_not_reported_on(tmp_path: Path) -> None:
    folder = _kept(tmp_path, 1, declarations=10)
    with pytest.raises(SystemExit, match=r"seeds \[1\] are in both folders"):
        report(folder, folder)
