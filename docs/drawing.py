"""What every program that draws documents does: write those that are out of date, or with `--check` only name them."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def brought_up_to_date(folder: Path, documents: Mapping[str, str], about: str | None) -> int:
    """Documents by their paths from a folder; the exit code. `about` is what `--help` says."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a document is out of date")
    check: bool = parser.parse_args().check
    old = [name for name, text in documents.items() if not _is(folder / name, text)]
    for name in old:
        if not check:
            (folder / name).write_text(documents[name], encoding="utf-8")
        shown = (folder / name).resolve().relative_to(ROOT)
        sys.stdout.write(f"{shown} {'is out of date: make draw' if check else 'drawn'}\n")
    return 1 if check and old else 0


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
