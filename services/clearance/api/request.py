"""What every answer needs: the store, the language, and what the request has read of the progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response

from clearance.api.freshness import Read
from clearance.api.parameters import AcceptLanguage
from clearance.api.problems import Problem
from clearance.api.stores import Store
from clearance.api.words import Words, chosen
from clearance.store.reader import Reader, reading
from clearance.store.viewer import EVERYBODY, Viewer


class Asked:
    """One request. `words` are in its language, `epoch` is the one that it is answered from, `viewer` who asks."""

    def __init__(self, store: Store, read: Read, words: Words) -> None:
        self.epoch, self.store = store
        self._read, self.words = read, words
        self.viewer: Viewer = EVERYBODY

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A reader of the store at one moment, its progress first. Raises `StoreError`."""
        with reading(self.store, self.viewer) as reader:
            self._read.note(reader)
            yield reader

    def stream_time(self) -> datetime | None:
        """The last clock folded, of the partition that has come furthest; None before the first."""
        return max((one.stream_time for one in self._read.progress if one.stream_time is not None), default=None)

    def is_stale(self, partition: int) -> bool:
        """Whether nothing of this partition is folded: it is parked."""
        return partition in self._read.parked

    def about(self, partition: int) -> None:
        """The answer speaks of a declaration of this partition: its freshness counts."""
        self._read.partition = partition


async def known_parameters(request: Request) -> None:
    """A parameter that is misspelt would be passed over in silence, and everything answered. Raises `Problem`."""
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    if unknown := sorted({*request.query_params} - known):
        message = f"known are {', '.join(sorted(known)) or 'none'}"
        errors = [{"in": "query", "name": name, "message": message} for name in unknown]
        raise Problem("invalid-parameter", names=", ".join(unknown), errors=errors)


async def _asked(request: Request, response: Response, accept_language: AcceptLanguage = "") -> Asked:
    words = Words(chosen(accept_language))
    response.headers["Content-Language"] = words.language
    return Asked(request.state.read.store, request.state.read, words)


Ask = Annotated[Asked, Depends(_asked)]
