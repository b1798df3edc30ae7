"""On what a figure was measured: machine, versions, commit. Stands in every JSON result."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from clearance.settings.clock import utc_now

ROOT = Path(__file__).parents[1]
PACKAGES = ("aiokafka", "faust-streaming", "lxml", "msgspec", "uvloop", "confluent-kafka", "sqlalchemy")


def surroundings() -> dict[str, Any]:
    """As far as it can be told; `dirty` means that the work tree differs from the commit."""
    return {
        "at": utc_now().isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": {"system": platform.system(), "processor": _processor(), "cores": os.cpu_count()},
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def tell(report: Mapping[str, Any], path: Path | None) -> None:
    """The report as the line that ends a benchmark, and in a file that was asked for."""
    print(json.dumps(report))
    if path:
        path.write_text(json.dumps(report, indent=2) + "\n")


def _git(*words: str) -> str:
    done = subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607 # git
    return done.stdout.strip()


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
