"""The API against its own document: whatever a client sends, fitting or not, the answer is one that it describes."""

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck
from hypothesis import settings as limits
from schemathesis import Case
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from tests.api.live import Server
from tests.api.system import System
from tests.helpers.extent import examples
from tests.helpers.stores import made_store

from clearance.access import keys
from clearance.access.database import opened, secret_of
from clearance.access.tending import tended
from clearance.access.verdicts import Key
from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.settings import load
from clearance.settings.clock import utc_now

FILLED_WITH = ("held-then-released", "rejected-and-left", "uk-export-exits", "one-entry-number-two-declarations")
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
described = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "api" / "openapi.json")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server with a filled store, and a key that it lets in everywhere."""
    folder = tmp_path_factory.mktemp("store")
    (folder / "secret").write_text("a secret of this server")
    settings = load(
        database_url=f"sqlite:///{folder / 'store.db'}",
        access_secret_file=str(folder / "secret"),
        api_command_wait_seconds=0,
        api_stale_seconds=3600,
        api_quota=1_000_000,
    )
    store = made_store(settings.database_url)
    stores = Stores(Store(0, store), lambda _: store)
    with opened(settings) as access:
        wanted = Key("", "operator", "", ("ops",), utc_now())
        key, _ = keys.issue(access, secret_of(settings), wanted)
    with opened(settings) as access, tended(settings) as gate, socket.create_server(("127.0.0.1", 0)) as listening:
        app = create_app(stores, System(store).play(*FILLED_WITH), settings, gate, access=access)
        server = Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        assert server.listens.wait(30)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", key
        server.should_exit = True
        thread.join(30)
    store.dispose()


@pytest.fixture(autouse=True)
def _guesses_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refused key is told why, however many are tried from this address in a minute."""
    monkeypatch.setattr("clearance.access.gate.GUESSES", 1_000_000)


ROWS = {"/v1/registrations"}
"""Whatever is sent there is rows of text: a bad one is refused by itself, in an answer of status 200."""


# positive_data_acceptance: that text is printable, and a cursor one of ours, no JSON Schema can say
@described.parametrize()
@limits(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
def test_an_answer_is_one_that_the_document_describes(case: Case[Any], address: tuple[str, str]) -> None:
    url, key = address
    shown = {"Authorization": f"Bearer {key}"}
    excluded: list[Any] = [positive_data_acceptance, *([negative_data_rejection] if case.path in ROWS else [])]
    case.call_and_validate(base_url=url, headers=shown, excluded_checks=excluded)
