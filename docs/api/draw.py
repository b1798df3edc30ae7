"""Draw the documents of the interfaces: `python -m docs.api.draw`, or with `--check` only say whether they are current.

`openapi.json` comes from the code of the API, and from it the types of `clearance.client`; `asyncapi.yaml` from the
cards of the topics.
"""

import sys
from collections.abc import AsyncIterator, Iterable
from importlib.metadata import version
from pathlib import Path

from docs.drawing import brought_up_to_date
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


if __name__ == "__main__":
    sys.exit(brought_up_to_date(HERE, draw(), __doc__))
