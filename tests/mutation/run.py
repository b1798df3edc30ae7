"""Alter one row of one table and see whether a test notices: `python tests/mutation/run.py [--every N] [--table NAME]`.

Every job imports the packages from a copy of its own, collects the tests once, and forks for every mutant: the child
reads the altered table and runs the tests until one fails. Ends with 1 and the list, if a mutant survives.
"""

import argparse
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from multiprocessing import get_context
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.mutation.mutants import WORDS, Mutant, mutants  # noqa: E402

BEHAVIOUR = (
    "tables/test_code_tables.py",
    "tables/test_transitions.py",
    "tables/test_durations.py",
    "anomalies/test_rules.py",
    "partition/test_recordings.py",
)
DRAWN = "tests/test_drawn_docs.py"
SURVIVED, REFUSED, BY_BEHAVIOUR, BY_DRAWN, FAILED = range(5)
LIMIT = 120
"""Seconds for one mutant: one that makes the fold run for ever has been noticed."""
TOLD = ("survived", "refused at start", "noticed by behaviour", "noticed by the drawn pages")


class Verdict(NamedTuple):
    """What became of one mutant."""

    mutant: Mutant
    fate: int


def judge(chosen: Sequence[Mutant], jobs: int) -> list[Verdict]:
    """The fate of every mutant. Raises `RuntimeError` if the tests fail on the tables as they are."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        fates = pool.map(_job, [list(chosen[job::jobs]) for job in range(jobs)])
        return [Verdict(*one) for job, found in enumerate(fates) for one in zip(chosen[job::jobs], found, strict=True)]


def _job(share: list[Mutant]) -> list[int]:
    work = Path(mkdtemp(prefix="mutation-"))
    try:
        for root in ("events", "contracts"):
            shutil.copytree(ROOT / root, work / root)
            sys.path.insert(0, str(work / root))
        return _collect_and_judge(share, work)
    finally:
        shutil.rmtree(work)


def _collect_and_judge(share: list[Mutant], work: Path) -> list[int]:
    import pytest  # the copies are on the path now

    found: list[int] = []

    class Judge:
        """Instead of running the tests once, fork for every mutant and run them there."""

        def pytest_runtestloop(self, session: pytest.Session) -> bool:
            behaviour = [item for item in session.items if not item.nodeid.startswith(DRAWN)]
            drawn = [item for item in session.items if item.nodeid.startswith(DRAWN)]
            if _fate(behaviour, drawn) == SURVIVED:
                found.extend(_with(mutant, work, behaviour, drawn) for mutant in share)
            return True

    files = [f"tests/events/{name}" for name in BEHAVIOUR]
    os.chdir(ROOT)
    quiet = ("-q", "--tb=no", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        code = pytest.main([*files, DRAWN, *quiet, f"--basetemp={work / 'tmp'}"], plugins=[Judge()])
    if len(found) != len(share):
        raise RuntimeError(f"the tests must pass on the tables as they are: `pytest` says why (it ended with {code})")
    return found


def _with(mutant: Mutant, work: Path, behaviour: Sequence[object], drawn: Sequence[object]) -> int:
    path = work / mutant.path
    before = path.read_bytes()
    path.write_text(mutant.text, encoding="utf-8")
    try:
        return _fate(behaviour, drawn, words=mutant.column in WORDS)
    finally:
        path.write_bytes(before)


def _fate(behaviour: Sequence[object], drawn: Sequence[object], *, words: bool = False) -> int:
    """In a child of its own, whose tables are not read yet."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        fate = FAILED
        signal.alarm(LIMIT)
        try:
            fate = _in_child(behaviour, drawn, words)
        finally:
            os._exit(fate)
    fate = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if fate == -signal.SIGALRM:
        return BY_BEHAVIOUR
    if fate not in range(FAILED):
        raise RuntimeError(f"a child ended with {fate}")
    return fate


def _in_child(behaviour: Sequence[object], drawn: Sequence[object], words: bool) -> int:
    from clearance.authorities.cn.transport_modes import transport_modes
    from clearance.contracts.tables import InvalidTable
    from clearance.settings.tables import default_tables

    try:
        default_tables(), transport_modes()
    except InvalidTable:
        return REFUSED
    if words:  # of what is for people only, the pages know
        return BY_DRAWN if _fails(drawn) else BY_BEHAVIOUR if _fails(behaviour) else SURVIVED
    return BY_BEHAVIOUR if _fails(behaviour) else BY_DRAWN if _fails(drawn) else SURVIVED


def _fails(items: Sequence[object]) -> bool:
    from _pytest.runner import runtestprotocol

    following = [*items[1:], None]
    pairs = zip(items, following, strict=True)
    return any(
        report.failed
        for item, after in pairs
        for report in runtestprotocol(item, log=False, nextitem=after)  # type: ignore[arg-type] # items of the session
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every N-th mutant")
    parser.add_argument("--table", default="", help="only mutants of this table: cn-channel, transitions, …")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    chosen = mutants(ROOT, given.table)[:: given.every]
    verdicts = judge(chosen, given.jobs)
    _report(verdicts)
    return 1 if any(verdict.fate == SURVIVED for verdict in verdicts) else 0


def _report(verdicts: list[Verdict]) -> None:
    say = sys.stdout.write
    fates = Counter(verdict.fate for verdict in verdicts)
    say(f"{len(verdicts)} mutants: {', '.join(f'{fates[fate]} {told}' for fate, told in enumerate(TOLD))}\n")
    columns = Counter((_table(verdict), verdict.mutant.column) for verdict in verdicts if verdict.fate == BY_DRAWN)
    for (table, column), count in sorted(columns.items()):
        if column not in WORDS:
            say(f"only the pages notice: {table} {column} ({count})\n")
    for verdict in verdicts:
        if verdict.fate == SURVIVED:
            say(f"survived: {verdict.mutant}\n")


def _table(verdict: Verdict) -> str:
    return Path(verdict.mutant.path).stem


if __name__ == "__main__":
    sys.exit(main())
