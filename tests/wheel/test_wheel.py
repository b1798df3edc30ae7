"""What is shipped is what is tested: the wheel, installed elsewhere, replays and brings the pytest plugin."""

import shutil
import subprocess
from pathlib import Path

from tests.helpers.installed import run

ROOT = Path(__file__).parents[2]
STORY = ROOT / "tests" / "recordings" / "held-then-released"
A_USERS_TEST = """
def test_our_declaration_is_released(clearance_replay):
    story = clearance_replay("recordings/held-then-released")
    assert story.status == "released"
    assert [(code, status) for _, code, status, _ in story.timeline][-1] == ("P", "released")
    assert [(a.rule, a.state) for a in story.anomalies] == [("A07", "resolved")]
    assert (story.obligations, story.particulars) == ([], [])


def test_our_recording_is_as_expected(clearance_differences):
    assert clearance_differences("recordings/held-then-released") == []


def test_a_missing_recording_is_named(clearance_replay):
    clearance_replay("recordings/no-such-story")
"""


def test_the_wheel_replays(installed: Path, tmp_path: Path) -> None:
    assert "1 declaration, 0 open anomalies" in run(str(installed / "clearance"), "replay", str(STORY), cwd=tmp_path)


def test_the_wheel_brings_the_plugin(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(STORY, tmp_path / "recordings" / STORY.name)
    (tmp_path / "test_ours.py").write_text(A_USERS_TEST)
    command = [str(installed / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "no recording at" in done.stdout


def test_the_wheel_holds_only_clearance(installed: Path) -> None:
    site = next((installed.parent / "lib").glob("python*/site-packages"))
    [record] = site.glob("clearance-*.dist-info/RECORD")
    tops = {line.split("/")[0] for line in record.read_text().splitlines()}
    assert {top for top in tops if not top.startswith(("clearance-", ".."))} == {"clearance"}
