"""Draw the documents of the interfaces: `python docs/api/draw.py`, or with `--check` only say whether they are current.

`openapi.json` comes from the code of the API, and from it the types of `clearance.client`; `asyncapi.yaml` from the
cards of the topics.
"""

import argparse
import sys
from collections.abc import AsyncIterator, Iterable
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import create_engine

from clearance.api import client_models, openapi
from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.contracts import asyncapi, topics
from clearance.edge.outcomes import TakenArrival
from clearance.events.log.input_records import InputRecord
from clearance.events.partition.replay import Arrival
from clearance.kafka.places import Place
from clearance.settings import load

HERE = Path(__file__).parent
MODELS = "../../services/client/clearance/client/models.py"


class NoLog:
    """Drawing writes nothing."""

    skew: float | None = None

    async def append(self, record: InputRecord) -> Place:
        raise NotImplementedError

    def take_many(self, arrivals: Iterable[Arrival]) -> AsyncIterator[TakenArrival]:
        raise NotImplementedError


def draw() -> dict[str, str]:
    """All documents by file name."""
    store = create_engine("sqlite://")
    app = create_app(Stores(Store(0, store), lambda _: store), NoLog(), load(), gate=None)
    return {
        "openapi.json": openapi.as_text(app.openapi()),
        MODELS: client_models.drawn(app.openapi()),
        "asyncapi.yaml": asyncapi.as_text(asyncapi.drawn(topics(), version("clearance"))),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a document is out of date")
    check: bool = parser.parse_args().check
    documents = draw()
    old = [name for name, text in documents.items() if not _is(HERE / name, text)]
    for name in old:
        if not check:
            (HERE / name).write_text(documents[name], encoding="utf-8")
        sys.stdout.write(f"docs/api/{name} {'is out of date: make draw' if check else 'drawn'}\n")
    return 1 if check and old else 0


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
