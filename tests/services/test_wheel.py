"""What is shipped is what is tested: the wheel, installed elsewhere, replays and brings the pytest plugin."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORY = ROOT / "tests" / "recordings" / "held-then-released"
A_USERS_TEST = """
def test_our_declaration_is_released(clearance_replay):
    story = clearance_replay("recordings/held-then-released")
    assert story.status == "released"
    assert [(code, status) for _, code, status, _ in story.timeline][-1] == ("P", "released")
    assert [(a.rule, a.state) for a in story.anomalies] == [("A07", "resolved")]


def test_a_missing_recording_is_named(clearance_replay):
    clearance_replay("recordings/no-such-story")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of an environment that holds the wheel and pytest, and nothing of the sources."""
    folder = tmp_path_factory.mktemp("elsewhere")
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    run(uv, "build", "--wheel", "--quiet", "--out-dir", str(folder / "dist"), str(ROOT), cwd=folder)
    [wheel] = (folder / "dist").glob("*.whl")
    run(uv, "venv", "--quiet", "--python", sys.executable, str(folder / "env"), cwd=folder)
    programs = folder / "env" / "bin"
    run(uv, "pip", "install", "--quiet", "--python", str(programs / "python"), str(wheel), "pytest", cwd=folder)
    return programs


def run(*command: str, cwd: Path) -> str:
    """The output of a program that must succeed, run with nothing of this environment."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_wheel_replays(installed: Path, tmp_path: Path) -> None:
    assert "1 declaration, 0 open anomalies" in run(str(installed / "clearance"), "replay", str(STORY), cwd=tmp_path)


def test_the_wheel_brings_the_plugin(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(STORY, tmp_path / "recordings" / STORY.name)
    (tmp_path / "test_ours.py").write_text(A_USERS_TEST)
    command = [str(installed / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "no recording at" in done.stdout


def test_the_wheel_holds_only_clearance(installed: Path) -> None:
    site = next((installed.parent / "lib").glob("python*/site-packages"))
    [record] = site.glob("clearance-*.dist-info/RECORD")
    tops = {line.split("/")[0] for line in record.read_text().splitlines()}
    assert {top for top in tops if not top.startswith(("clearance-", ".."))} == {"clearance"}
