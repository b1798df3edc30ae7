"""What is shipped, installed elsewhere, with an authority that somebody else made."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from tests.helpers.installed import run

ROOT = Path(__file__).parents[2]
ATLANTIS = Path(__file__).with_name("atlantis")


def uv(*words: str, cwd: Path) -> None:
    program = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    run(program, *words, "--quiet", cwd=cwd)


def environment(folder: Path, *packages: str) -> Path:
    """The programs of an environment that holds these and nothing of the sources."""
    uv("venv", "--python", sys.executable, str(folder / "env"), cwd=folder)
    programs = folder / "env" / "bin"
    uv("pip", "install", "--python", str(programs / "python"), *packages, cwd=folder)
    return programs


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By the names of the distributions: the product, its client, and the authority."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--wheel", "--all-packages", "--out-dir", str(folder), str(ROOT), cwd=folder)
    uv("build", "--wheel", "--out-dir", str(folder), str(ATLANTIS), cwd=folder)
    return {path.name.partition("-")[0]: str(path) for path in folder.glob("*.whl")}


@pytest.fixture(scope="session")
def installed(wheels: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds all of ours and pytest."""
    return environment(tmp_path_factory.mktemp("elsewhere"), *wheels.values(), "pytest")


@pytest.fixture(scope="session")
def client_alone(wheels: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the client's wheel only."""
    return environment(tmp_path_factory.mktemp("alone"), wheels["clearance_client"])
