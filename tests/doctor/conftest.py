"""A system in order for all tests of a module."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clearance.devbroker.local import LocalKafka

from .stand_in import InOrder, in_order


@pytest.fixture(scope="module")
def system(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InOrder]:
    """On a broker of the module's own: topics have fixed names, and other tests clear theirs."""
    folder = tmp_path_factory.mktemp("system")
    with LocalKafka(folder / "kafka") as kafka, in_order(kafka.bootstrap, folder) as system:
        yield system


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can enter, which those of pytest are not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
