"""The report: small, from two seeds that are kept, as docs/evaluation.md draws it from twenty."""

import json
from pathlib import Path

import msgspec
import pytest
from benchmarks.evaluation import report
from docs import evaluation_tables
from rich.console import Console
from tests.helpers.command import clearance

from clearance.cli.held_out_shown import show_held_out
from clearance.evaluation import tuning
from clearance.evaluation.held_out import HeldOut, held_out
from clearance.evaluation.seeds import Wish, evaluate, kept_wish, one_seed


def _kept(folder: Path, seed: int, declarations: int = 300) -> Path:
    one_seed(seed, Wish(seeds=(seed,), declarations=declarations, keep=folder))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """To tune on, and to report on."""
    every = tmp_path_factory.mktemp("kept")
    return _kept(every / "tuned", 1), _kept(every / "reported", 101)


@pytest.fixture(scope="module")
def beside(folders: tuple[Path, Path]) -> HeldOut:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "SETTINGS", tuning.SETTINGS[::10])  # all of them take seconds
        patch.setattr(tuning, "HASTES", tuning.HASTES[::3])
        return held_out(*folders)


def test_a_report_is_drawn_from_what_is_kept(
    folders: tuple[Path, Path], beside: HeldOut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (beside.tuned_on, beside.reported_on) == ((1,), (101,))
    written = tmp_path / "evaluation.json"
    result = report(evaluate(kept_wish(folders[1])), beside)
    written.write_text(json.dumps(msgspec.to_builtins(result)), encoding="utf-8")
    monkeypatch.setattr(evaluation_tables, "FIGURES", written)
    drawn = evaluation_tables.tables()
    assert "Seeds 101, 300 declarations each" in drawn["seeds"]
    assert "is 1.000" in drawn["seeds"]
    assert drawn["rules"].count("\n| A0") >= 3
    assert "once the goods have arrived" in drawn["cut-offs"]


def test_the_command_shows_both_kinds_of_thresholds_and_the_chances(
    beside: HeldOut, capsys: pytest.CaptureFixture[str]
) -> None:
    show_held_out(Console(width=300), beside)
    shown = capsys.readouterr().out
    assert "once the goods have arrived" in shown
    assert "90–100 %" in shown
    assert all(one.by in shown for one in beside.silences)


def test_what_was_tuned_on_is_not_reported_on(tmp_path: Path) -> None:
    folder = str(_kept(tmp_path, 1, declarations=10))
    code, said = clearance(*f"evaluate --seeds 1 --declarations 10 --keep {folder} --tuned-on {folder}".split())
    assert code == 2
    assert "seeds [1] are in both" in said


def test_what_is_compared_has_to_be_kept() -> None:
    code, said = clearance(*["evaluate", "--seeds", "1", "--declarations", "10", "--tuned-on", "tuned"])
    assert code == 2
    assert "name --keep too" in said
