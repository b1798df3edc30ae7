"""What is shipped, installed elsewhere, with an authority that somebody else made."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from tests.helpers.installed import run

ROOT = Path(__file__).parents[2]
ATLANTIS = Path(__file__).with_name("atlantis")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds both wheels and pytest, and nothing of the sources."""
    folder = tmp_path_factory.mktemp("elsewhere")
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    run(uv, "build", "--wheel", "--quiet", "--out-dir", str(folder / "dist"), str(ROOT), cwd=folder)
    run(uv, "build", "--wheel", "--quiet", "--out-dir", str(folder / "dist"), str(ATLANTIS), cwd=folder)
    wheels = sorted(map(str, (folder / "dist").glob("*.whl")))
    run(uv, "venv", "--quiet", "--python", sys.executable, str(folder / "env"), cwd=folder)
    programs = folder / "env" / "bin"
    run(uv, "pip", "install", "--quiet", "--python", str(programs / "python"), *wheels, "pytest", cwd=folder)
    return programs
