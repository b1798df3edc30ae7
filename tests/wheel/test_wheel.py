"""What is shipped is what is tested: the wheel, installed elsewhere, replays and brings the pytest plugin."""

import json
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


A_CLIENT_ALONE = """
import json, sys
from importlib.metadata import distributions
from importlib.util import find_spec
from clearance.client import Client, Unreachable
from clearance.client.retries import ONCE

try:
    Client("http://127.0.0.1:9", retries=ONCE).declaration("E20260004010000003")
except Unreachable:
    rooms = [room for room in ("contracts", "events", "api", "kafka") if find_spec(f"clearance.{room}")]
    print(json.dumps([sorted(one.metadata["Name"].lower() for one in distributions()), rooms]))
"""


def test_the_client_needs_two_packages_and_nothing_else_of_clearance(client_alone: Path, tmp_path: Path) -> None:
    distributions, rooms = json.loads(run(str(client_alone / "python"), "-c", A_CLIENT_ALONE, cwd=tmp_path))
    of_httpx = {"anyio", "certifi", "h11", "httpcore", "idna", "typing-extensions", "typing_extensions", "sniffio"}
    assert {*distributions} - of_httpx == {"clearance-client", "httpx", "msgspec"}
    assert rooms == []
    assert [*client_alone.parent.glob("lib/python*/site-packages/clearance/client/py.typed")]


def test_the_wheel_holds_only_clearance(installed: Path) -> None:
    site = next((installed.parent / "lib").glob("python*/site-packages"))
    [record] = site.glob("clearance-*.dist-info/RECORD")
    tops = {line.split("/")[0] for line in record.read_text().splitlines()}
    assert {top for top in tops if not top.startswith(("clearance-", ".."))} == {"clearance"}
