"""Prometheus' own tool, which tests rules: that of this machine, else that of Debian's package, fetched once."""

import subprocess
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any

import yaml

KEPT = Path(__file__).parents[2] / ".tools" / "prometheus"
PROGRAM = "usr/bin/promtool"


class NoPromtool(Exception):
    """It is not here, and cannot be fetched."""


@cache
def promtool() -> str:
    """Its path. Raises `NoPromtool`."""
    if found := which("promtool"):
        return found
    if not (KEPT / PROGRAM).exists():
        _fetch()
    return str(KEPT / PROGRAM)


def _fetch() -> None:
    """Take it out of the package, which is not installed: the server in it would start."""
    KEPT.mkdir(parents=True, exist_ok=True)
    try:
        if _apt("download", "prometheus").returncode:
            _apt("update")
            _apt("download", "prometheus").check_returncode()
        [package, *_] = KEPT.glob("prometheus_*.deb")
        subprocess.run(["dpkg-deb", "--extract", package, KEPT], check=True, capture_output=True)  # noqa: S603, S607
        package.unlink()
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoPromtool(
            f"promtool cannot be fetched ({error}): install Prometheus, or put promtool on PATH"
        ) from error


def _apt(*told: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["apt-get", "-q", *told], check=False, cwd=KEPT, capture_output=True)  # noqa: S603, S607


def verdict(rules: dict[str, Any], tests: dict[str, Any], folder: Path) -> str:
    """What promtool says of rules by tests; "" if they pass. Both are as in files, which are written into `folder`."""
    (folder / "rules.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    (folder / "tests.yml").write_text(yaml.safe_dump(tests | {"rule_files": ["rules.yml"]}), encoding="utf-8")
    command = [promtool(), "test", "rules", str(folder / "tests.yml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return done.stdout + done.stderr if done.returncode else ""
