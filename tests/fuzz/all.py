"""Fuzz every codec: `python tests/fuzz/all.py --seconds 600`. Two at a time; ends with 1 if any crashed."""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.run import Outcome, fuzz

CODECS = sorted(path.name for path in (Path(__file__).parent / "corpus").iterdir())


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=600, help="per codec")
    options.add_argument("codecs", nargs="*", metavar="CODEC", default=CODECS, help="all, if none is named")
    given = options.parse_args()
    seconds, codecs = given.seconds, given.codecs
    _say(f"{len(codecs)} codecs, {seconds} s each")
    crashed = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for codec, outcome in zip(codecs, pool.map(partial(_one, seconds=seconds), codecs), strict=True):
            line = f"{codec:20}{outcome.executions:12,} inputs {outcome.taken:10,} taken  coverage {outcome.coverage}"
            _say(line + (f"  CRASH {outcome.crash}\n{outcome.told}" if outcome.crash else ""))
            crashed += outcome.crash is not None
    return min(crashed, 1)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _one(codec: str, seconds: int) -> Outcome:
    return fuzz(codec, seconds=seconds)


if __name__ == "__main__":
    sys.exit(main())
