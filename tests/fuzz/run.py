"""Coverage-guided fuzzing of one codec: `python tests/fuzz/run.py CODEC --seconds 600`.

Works on a copy of the committed corpus. Prints executions, how many messages were taken, and coverage; ends with 1 on a
crash and says where the input lies.
"""

import argparse
import mmap
import os
import re
import shutil
import struct
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COUNTS = struct.Struct("<QQ")
MAX_LENGTH = 16_384
THROUGH_A_SHELL = ("/bin/sh", "-c", '"$0" "$@"; exit $?')
"""Linux counts the peak memory of whoever starts a process as the process's own, and libFuzzer bounds that."""


class Outcome(NamedTuple):
    """What a run came to."""

    executions: int
    taken: int
    coverage: int
    crash: Path | None
    log: str

    @property
    def told(self) -> str:
        """The exception, or whatever the log ends with."""
        at = self.log.find("=== Uncaught Python exception")
        end = self.log.find("\n\n", at)
        return self.log[at:end] if at >= 0 else self.log[-1500:]


def fuzz(codec: str, *, seconds: int = 0, runs: int = -1, seed: int = 0) -> Outcome:
    """Fuzz in a process of its own: libFuzzer ends the one it runs in."""
    work = Path(mkdtemp(prefix=f"fuzz-{codec}-"))
    shutil.copytree(ROOT / "tests" / "fuzz" / "corpus" / codec, work / "corpus")
    counts = work / "counts"
    counts.write_bytes(bytes(COUNTS.size))
    done = subprocess.run(  # noqa: S603 # our own script
        [*THROUGH_A_SHELL, sys.executable, __file__, codec, "--child", str(work), *_numbers(seconds, runs, seed)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    executions, taken = COUNTS.unpack(counts.read_bytes())
    found = re.findall(r"cov: (\d+)", done.stderr)
    crash = next(work.glob("crash-*"), next(work.glob("*-*"), work)) if done.returncode else None
    if crash is None:
        shutil.rmtree(work)
    return Outcome(executions, taken, int(found[-1]) if found else 0, crash, done.stdout + done.stderr)


def _numbers(seconds: int, runs: int, seed: int) -> list[str]:
    return ["--seconds", str(seconds), "--runs", str(runs), "--seed", str(seed)]


def _child(codec: str, work: Path, seconds: int, runs: int, seed: int) -> None:
    """Never returns."""
    atheris = import_module("atheris")
    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["clearance.events", "clearance.authorities"]):
        from tests.fuzz.targets import target
    from tests.fuzz.mutate import mutate

    with (work / "counts").open("r+b") as file:
        counts = mmap.mmap(file.fileno(), COUNTS.size)
    executions = taken = 0

    def once(data: bytes) -> None:
        nonlocal executions, taken
        executions += 1
        taken += target(codec, data)
        COUNTS.pack_into(counts, 0, executions, taken)

    def mutator(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)  # noqa: S311 # no secret
        if random.random() < 0.3:
            changed: bytes = atheris.Mutate(data, max_size)
            return changed
        return mutate(data, random)[:max_size]

    options = [f"-seed={seed}" if seed else "", f"-max_total_time={seconds}" if seconds else "", f"-runs={runs}"]
    more = [f"-max_len={MAX_LENGTH}", f"-artifact_prefix={work}/", "-timeout=10", "-rss_limit_mb=1024"]
    arguments = [sys.argv[0], *filter(None, options), *more, str(work / "corpus")]
    atheris.Setup(arguments, once, custom_mutator=mutator)
    atheris.Fuzz()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("codec", choices=sorted(path.name for path in (ROOT / "tests/fuzz/corpus").iterdir()))
    parser.add_argument("--seconds", type=int, default=0, help="0: no bound")
    parser.add_argument("--runs", type=int, default=-1, help="-1: no bound")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        _child(given.codec, given.child, given.seconds, given.runs, given.seed)
    outcome = fuzz(given.codec, seconds=given.seconds, runs=given.runs, seed=given.seed)
    sys.stdout.write(
        f"{given.codec}: {outcome.executions:,} executions, {outcome.taken:,} taken, coverage {outcome.coverage:,}\n"
    )
    if outcome.crash:
        sys.stdout.write(f"{outcome.told}\ncrash: {outcome.crash}\n")
    return 1 if outcome.crash else 0


if __name__ == "__main__":
    sys.exit(main())
