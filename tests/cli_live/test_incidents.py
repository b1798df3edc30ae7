"""`clearance incidents`: what many share, as a person at a terminal asks for it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.incidents import incident_of
from tests.api.system import System
from tests.api.test_isolation import HELD
from tests.cli_live.conftest import LiveApi, serving
from tests.cli_live.program import run
from tests.helpers.stores import made_store

ID = "a" * 16


@pytest.fixture
def live_api(tmp_path: Path) -> Iterator[LiveApi]:
    store = made_store(f"sqlite:///{tmp_path / 'store.db'}")
    system = System(store)
    system.play("held-then-released")
    system.incident(incident_of(HELD))
    with serving(system) as api_url:
        yield LiveApi(api_url, system)
    store.dispose()


def test_a_list_shows_what_is_shared_and_what_to_do(live_api: LiveApi) -> None:
    told = run("incidents", "list", "--state", "open", "--api", live_api.url)
    assert told.exit_code == 0
    assert ID in told.stdout
    assert "1 declaration" in told.stdout
    assert run("incidents", "list", "--state", "closed", "--json", "--api", live_api.url).stdout == ""


def test_it_lists_those_of_a_declaration(live_api: LiveApi) -> None:
    told = run("incidents", "list", "--declaration", HELD, "--json", "--api", live_api.url)
    assert [json.loads(line)["id"] for line in told.stdout.splitlines()] == [ID]


def test_one_is_shown_with_its_members(live_api: LiveApi) -> None:
    told = run("incidents", "show", ID, "--api", live_api.url)
    assert (told.exit_code, told.stdout.splitlines()[-2]) == (0, HELD)
    assert run("incidents", "show", "b" * 16, "--api", live_api.url).exit_code == 2
