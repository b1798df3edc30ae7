"""What a real Kafka needs on this machine: Java, and the jars of `deploy/kafka/pom.xml`, which Maven fetches once."""

import os
import re
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from clearance.kafka.errors import BrokerError

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy" / "kafka"
CACHE = ROOT / ".tools" / "kafka"
OLDEST_JAVA = 17


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end; whoever called looks at its exit code and at what it said."""
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # programs of this package


def java() -> str:
    """The program `java`, of a version that can run Kafka. Raises `BrokerError`."""
    program = shutil.which("java", path=_path())
    if program is None:
        raise BrokerError(f"Kafka needs Java {OLDEST_JAVA} or later and there is no java: {_remedy()}")
    told = _version_of(program)
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    if version is None or int(version[1]) < OLDEST_JAVA:
        found = told.splitlines()[0] if told else "nothing"
        raise BrokerError(f"Kafka needs Java {OLDEST_JAVA} or later, {program} says {found}: {_remedy()}")
    return program


@cache
def _version_of(program: str) -> str:
    return run(program, "-version").stderr


def jars() -> Path:
    """The folder that holds Kafka's jars; the first time, Maven copies them there. Raises `BrokerError`."""
    pom = DEPLOY / "pom.xml"
    if not pom.is_file():
        raise BrokerError(f"{pom} is missing: a Kafka from its jars needs the project's folder; name a broker instead")
    folder = CACHE / sha256(pom.read_bytes()).hexdigest()[:16]
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CACHE) as new:
            _fetch(pom, Path(new) / "jars")
            _keep(Path(new) / "jars", folder)
    return folder


def _fetch(pom: Path, into: Path) -> None:
    program = shutil.which("mvn")
    if program is None:
        raise BrokerError("Maven fetches Kafka's jars and there is no mvn: install it (Debian: apt-get install maven)")
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={into}")
    done = run(program, "--batch-mode", "--quiet", "--file", str(pom), *goal)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line] or ["no word"]
        raise BrokerError(f"Maven does not get Kafka's jars; does it reach its registry? {said[0]}")


def _keep(new: Path, folder: Path) -> None:
    try:
        new.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another run was quicker
            raise


def _path() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin") if home else None


def _remedy() -> str:
    return "install one (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME"
