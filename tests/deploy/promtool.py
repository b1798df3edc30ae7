"""Prometheus' own tool, which tests rules: that of this machine, else that of Debian's package, fetched once."""

import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
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


def server() -> str:
    """The path of Prometheus itself, which comes with it. Raises `NoPromtool`."""
    beside = Path(promtool()).with_name("prometheus")
    if not beside.exists():
        raise NoPromtool(f"{beside} is missing: remove {promtool()}, or install the whole of Prometheus")
    return str(beside)


def _fetch() -> None:
    """Take it out of the package, which is not installed: the server in it would start. Several may fetch at once."""
    KEPT.parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=KEPT.parent) as folder:
        try:
            _download(folder)
            [package] = Path(folder).glob("prometheus_*.deb")
            subprocess.run(["dpkg-deb", "--extract", package, f"{folder}/all"], check=True, capture_output=True)  # noqa: S603, S607
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            remedy = "install Prometheus, or put promtool on PATH"
            raise NoPromtool(f"promtool cannot be fetched ({error}): {remedy}") from error
        with suppress(OSError):  # another one was first
            Path(folder, "all").rename(KEPT)


def _download(folder: str) -> None:
    if _apt(folder, "download", "prometheus").returncode:
        _apt(folder, "update")
        _apt(folder, "download", "prometheus").check_returncode()


def _apt(folder: str, *told: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["apt-get", "-q", *told], check=False, cwd=folder, capture_output=True)  # noqa: S603, S607


def verdict(rules: dict[str, Any], tests: dict[str, Any], folder: Path) -> str:
    """What promtool says of rules by tests; "" if they pass. Both are as in files, which are written into `folder`."""
    (folder / "rules.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    (folder / "tests.yml").write_text(yaml.safe_dump(tests | {"rule_files": ["rules.yml"]}), encoding="utf-8")
    command = [promtool(), "test", "rules", str(folder / "tests.yml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return done.stdout + done.stderr if done.returncode else ""
