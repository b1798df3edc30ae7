"""Seeds that are kept: a run that was stopped goes on, and nothing is mixed that does not belong together."""

from pathlib import Path

import pytest
from tests.helpers.command import clearance

from clearance.evaluation.kept import KeptElsewhere, result_file, silences_file, watched_in
from clearance.evaluation.seeds import Wish, evaluate, one_seed

WISH = Wish(seeds=(1, 2), declarations=120, processes=1)


def _into(folder: Path, declarations: int = 120) -> Wish:
    return Wish(seeds=(1, 2), declarations=declarations, processes=1, keep=folder)


def test_kept_seeds_give_the_same_as_those_that_are_not(tmp_path: Path) -> None:
    plain = evaluate(WISH)
    assert evaluate(_into(tmp_path)) == plain
    assert evaluate(_into(tmp_path)) == plain


def test_only_those_that_are_missing_are_simulated(tmp_path: Path) -> None:
    one_seed(1, _into(tmp_path))
    first = result_file(tmp_path, 1)
    kept_at = first.stat().st_mtime_ns
    evaluate(_into(tmp_path))
    assert first.stat().st_mtime_ns == kept_at
    assert [seed for seed, _ in watched_in(tmp_path)] == [1, 2]


def test_what_was_made_with_something_else_is_refused_by_name(tmp_path: Path) -> None:
    one_seed(1, _into(tmp_path))
    with pytest.raises(KeptElsewhere, match=r"seed-001\.json\.gz: made with other declarations: name an empty"):
        evaluate(_into(tmp_path, declarations=121))


def test_a_torn_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    one_seed(1, _into(tmp_path))
    torn = silences_file(tmp_path, 1)
    torn.write_bytes(torn.read_bytes()[:200])
    with pytest.raises(KeptElsewhere, match="remove it, and it is made anew"):
        list(watched_in(tmp_path))


def test_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    result_file(tmp_path, 1).write_bytes(b"no gzip")
    code, said = clearance("evaluate", "--seeds", "1", "--declarations", "10", "--keep", str(tmp_path))
    assert code == 2
    assert "cannot be read" in said
