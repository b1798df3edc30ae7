"""`clearance organisations grant` and `withdraw-grant`: the operator shows a declaration to an organisation."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.api.system import System
from tests.cli_live.conftest import LiveApi, serving
from tests.cli_live.program import run
from tests.helpers.stores import made_store

from clearance.access import organisations
from clearance.access.database import opened
from clearance.settings import load
from clearance.settings.clock import utc_now

NUMBER = "E20260004010000003"


@pytest.fixture
def live_api(tmp_path: Path) -> Iterator[LiveApi]:
    """It knows an organisation, and a declaration that does not name it."""
    store = made_store(url := f"sqlite:///{tmp_path / 'store.db'}")
    system = System(store)
    system.play("held-then-released")
    with opened(load(database_url=url)) as access, serving(system, access=access) as api_url:
        organisations.add(access, "rival", "Rival", utc_now())
        yield LiveApi(api_url, system)
    store.dispose()


def granted(live_api: LiveApi) -> list[str]:
    found: list[str] = httpx.get(f"{live_api.url}/v1/declarations/{NUMBER}/grants").json()["organisations"]
    return found


def test_a_declaration_is_shown_to_an_organisation_and_no_more(live_api: LiveApi) -> None:
    told = run("organisations", "grant", "rival", NUMBER, "--api", live_api.url)
    assert (told.exit_code, told.stdout) == (0, f"rival sees {NUMBER}: accepted\n")
    assert granted(live_api) == ["rival"]
    told = run("organisations", "withdraw-grant", "rival", NUMBER, "--api", live_api.url)
    assert (told.exit_code, told.stdout) == (0, f"rival has no grant of {NUMBER}: accepted\n")
    assert granted(live_api) == []


@pytest.mark.parametrize(("to", "number"), [("nobody", NUMBER), ("rival", "E20260004019999999")])
def test_what_is_unknown_is_one_line(live_api: LiveApi, to: str, number: str) -> None:
    told = run("organisations", "grant", to, number, "--api", live_api.url)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith("clearance: ")
    assert granted(live_api) == []
