"""No row of any table can be altered without a test noticing. CI takes a sample; `make mutate` takes all."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.mutation.mutants import FOLDERS, mutants, tables

ROOT = Path(__file__).parents[2]
RUN = Path(__file__).with_name("run.py")
SAMPLE = 41


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 # our own script
        [sys.executable, str(RUN), *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )


@pytest.mark.soak
def test_notices_a_sample_of_mutants() -> None:
    done = _run("--every", str(SAMPLE))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.soak
def test_notices_every_mutant() -> None:
    done = _run()
    assert done.returncode == 0, done.stdout + done.stderr


def test_alters_every_row_of_every_table() -> None:
    altered = {(mutant.path, mutant.line) for mutant in mutants(ROOT)}
    for folder in FOLDERS:
        for path in tables(ROOT / folder):
            rows = len(path.read_text(encoding="utf-8").splitlines()) - 1
            assert {line for name, line in altered if name == str(path.relative_to(ROOT))} == {*range(2, rows + 2)}


def test_alters_every_cell_of_the_matrix_and_never_to_the_same() -> None:
    matrix = [one for one in mutants(ROOT, "transitions") if one.column not in ("row", "stage")]
    assert len(matrix) == 18 * 18
    assert all(one.text != (ROOT / one.path).read_text(encoding="utf-8") for one in mutants(ROOT))
