"""The doctor beside real processes: nothing is found while they work, and who was killed is named."""

from pathlib import Path

import pytest
from tests.system.running import System

from clearance.devbroker.local import LocalKafka
from clearance.doctor.examining import examine
from clearance.doctor.installation import Installation
from clearance.recordings.read import read_recording
from clearance.settings import load

STORY = Path(__file__).parents[1] / "recordings" / "held-then-released"


@pytest.mark.soak
def test_it_finds_who_was_killed_and_nothing_before(own_kafka: LocalKafka, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    settings = load(kafka_bootstrap_servers=own_kafka.bootstrap, database_url=url, api_authentication=False)

    def found() -> set[str]:
        with Installation(settings) as here:
            return {one.check.check for one in examine(here) if one.state not in ("ok", "skipped")}

    system = System.on(own_kafka, tmp_path / "processes")
    try:
        system.start_tracker()
        system.start_reading("a", url)
        system.feed(read_recording(STORY, "demo-broker"))
        system.rest("a")
        assert found() == set()
        end(system, "projector-a")
        assert found() == {"projector-behind"}
        end(system, "tracker")
        assert "tracker-away" in found()
    finally:
        system.children.stop()


def end(system: System, name: str) -> None:
    """Killed, and not started again."""
    process = system._child(name).process
    assert process is not None
    process.kill()
    process.wait()
