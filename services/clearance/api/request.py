"""What every answer needs: the store, the language, and what the request has read of the progress."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, TypeVar, get_origin

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from sqlalchemy import Engine
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect

from clearance.access.quotas import Standing
from clearance.access.verdicts import Key
from clearance.api.admission import readmitted
from clearance.api.bulkheads import Bulkheads, Kind
from clearance.api.freshness import Read
from clearance.api.invalid_values import Fault
from clearance.api.listed import Listed
from clearance.api.next_check import Step
from clearance.api.parameters import AcceptLanguage
from clearance.api.problems import Problem, refused_values
from clearance.api.stores import Stores
from clearance.api.tail import Tail
from clearance.api.waiting import Waiter, Waiters
from clearance.api.words import Words, chosen
from clearance.events.learning.expectations import Expectations
from clearance.events.receipts.related import Related
from clearance.settings import Settings
from clearance.store.bounds import Bound
from clearance.store.errors import StoreAway
from clearance.store.reader import Reader, reading
from clearance.store.viewer import EVERYBODY, Viewer

T = TypeVar("T")
SCOPE = "read"
"""Of whoever waits."""
LONGEST_BY = 100
"""Characters of a note on a key by which commands name it."""


class Asked:
    """One request. `words` are in its language, `epoch` is the one that it is answered from, which has so many
    `partitions`, `viewer` who asks; `by` names the key, "" where none is asked for. `headers` are those of its answer.
    `expectations` is the table in force at the last reading."""

    expectations: Expectations | None = None

    def __init__(self, request: Request, words: Words, headers: MutableHeaders) -> None:
        self._request, self._state = request, request.state
        self.waiters: Waiters = request.app.state.waiters
        self._stores: Stores = request.app.state.stores
        self._read: Read = request.state.read
        self.epoch, self.store, self.partitions, _ = self._read.store
        self.words, self.headers = words, headers
        self.viewer: Viewer = request.state.viewer
        self.listed: Listed = request.app.state.listed
        self._tail: Tail = request.app.state.tail
        self._bulkheads: Bulkheads = request.app.state.bulkheads
        self._bound: Bound | None = None
        self._access: Engine | None = request.app.state.access
        self._settings: Settings = request.app.state.settings
        key: Key | None = request.state.key
        self.by = (key.note or f"key {key.id}")[:LONGEST_BY] if key else ""
        self._address = (request.url.path, *sorted(request.query_params.multi_items()))

    @property
    def organisation(self) -> str:
        """Whose registrations and commands are spoken of; "" if no organisation asks."""
        return self.viewer.organisation

    @property
    def keeps_registrations(self) -> bool:
        """Whether there is where to keep them."""
        return self._access is not None

    @property
    def access(self) -> Engine:
        """Where registrations are kept. Raises `StoreAway` if this process has none."""
        if self._access is None:
            raise StoreAway("what organisations register is not kept here")
        return self._access

    @property
    def most_registrations(self) -> int:
        """Of one organisation."""
        return self._settings.api_registrations

    @property
    def key(self) -> Hashable:
        """The same for all who would get the same bytes at the same time."""
        return self.key_of_viewer, self._address

    @property
    def key_of_viewer(self) -> Hashable:
        """The same for all who would get the same bytes, if they asked for the same."""
        return self.epoch, self.viewer, self.words.language

    async def run(self, kind: Kind, work: Callable[[], T], key: Hashable = None) -> T:
        """What the work gives, in a thread of that class. Raises `Problem` if it is not given in time."""

        def bound_by(bound: Bound) -> T:
            self._bound = bound
            return work()

        return await self._bulkheads.of[kind].ask(bound_by, key)

    async def look(self, kind: Kind, work: Callable[[], T], key: Hashable, woken: bool) -> T:
        """As `run`, for whoever waits or has been `woken`: what the work gave to another, if nothing came since."""
        return await self.waiters.once((self.key_of_viewer, key), lambda: self.run(kind, work), woken)

    def charge(self, cost: int) -> None:
        """More than one request was to cost, of whoever has a quota."""
        charge: Callable[[int], Standing] | None = getattr(self._state, "charge", None)
        if charge is not None and not (standing := charge(cost)).refused:
            self._state.standing = standing

    def response(self, content: bytes) -> Response:
        """The answer with its headers, in JSON."""
        made = Response(content, media_type="application/json")
        made.headers.update(self.headers)
        return made

    def take(self, first: "Asked") -> None:
        """The answer is the one that another request got, and as fresh."""
        self._read.take(first._read)
        self.headers.update(first.headers)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A reader of the store at one moment, its progress first. Raises `StoreError`."""
        with reading(self.store, self.viewer, self._bound) as reader:
            self._read.note(reader)
            self.expectations = self._in_force(reader)
            yield reader

    def sees(self, related: Related | None) -> frozenset[str]:
        """Ids of the other declarations that it names and that the viewer sees; the answer is no fresher for it."""
        ids = frozenset(one.declaration for one in related.all) if related else frozenset[str]()
        if not ids or self.viewer == EVERYBODY:
            return ids
        with reading(self.store, self.viewer, self._bound) as reader:
            return frozenset(row.id for row in reader.declarations(ids))

    def _in_force(self, reader: Reader) -> Expectations | None:
        """The table as the tail has told it; until it has told of this store, as that holds it."""
        told = self._tail.last
        return told.expectations if told is not None and told.store is self._read.store else reader.expectations()

    def speaks_of_nothing(self) -> None:
        """The answer holds nothing of the store, so that nobody asks how old that is, and it says nothing of it."""
        self._read.silent = True

    async def news(self, waiter: Waiter, end: float) -> bool:
        """Wait until there is reason to look again: something has changed, or the viewer has; False at the `end`, or
        when another epoch answers. Raises `Problem` if they may not ask any more."""
        while await waiter.until(end):
            news, viewer = waiter.taken(), readmitted(self._request, SCOPE)
            if self._stores.current.epoch != self.epoch:
                return False
            if news or viewer != self.viewer:
                self.viewer = viewer
                return True
        return False

    def check_epoch(self) -> None:
        """Raises `Problem` if another epoch answers by now."""
        if self._stores.current.epoch != self.epoch:
            raise Problem("changes-of-another-epoch", epoch=self._stores.current.epoch)

    def stream_time(self) -> datetime | None:
        """The last clock folded, of the partition that has come furthest; None before the first."""
        return max((one.stream_time for one in self._read.progress if one.stream_time is not None), default=None)

    def is_stale(self, partition: int) -> bool:
        """Whether nothing of this partition is folded: it is parked."""
        return partition in self._read.parked

    def under_way(self, step: Step) -> None:
        """What `Clearance-Next-Check` is made of, for whoever gives the same answer again."""
        self._state.step = step

    def lists(self, declarations: Iterable[str]) -> None:
        """The answer is a page of these, made of nothing but the store: for whoever gives it again."""
        self._state.listed = tuple(declarations)

    @property
    def declaration(self) -> str:
        """The one that is asked about; "" while none is."""
        return str(self._state.declaration)

    def about(self, declaration: str, partition: int | None = None) -> None:
        """What is asked is about this declaration, for the audit log; with a partition, its freshness counts."""
        self._state.declaration = declaration
        if partition is not None:
            self._read.partition = partition


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Those of a route, and of what it depends on; and whether each may be given several times."""
    for parameter in dependant.query_params:
        yield parameter.alias, get_origin(parameter.field_info.annotation) is list
    for one in dependant.dependencies:
        yield from _query_parameters(one)


async def known_parameters(request: Request) -> None:
    """A parameter that is misspelt would be passed over in silence, and everything answered. So would be all but the
    last of one that is given twice. Raises `Problem`."""
    known = dict(_query_parameters(request.scope["route"].dependant))
    given = Counter(name for name, _ in request.query_params.multi_items())
    listed = {"known": ", ".join(sorted(known)) or "–"}
    wrong = [Fault("query", name, "unknown_parameter", listed) for name in given if name not in known]
    wrong += [Fault("query", name, "given_twice", {}) for name in given if given[name] > 1 and known.get(name) is False]
    if wrong:
        raise refused_values(sorted(wrong, key=lambda one: one.name))


async def whole_body(request: Request) -> bytes:
    """The body once it has come. Raises `Problem` if it is not whole."""
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise Problem("malformed-request") from error  # to nobody: he has left


async def _asked(request: Request, response: Response, accept_language: AcceptLanguage = "") -> Asked:
    words = Words(chosen(accept_language))
    response.headers["Content-Language"] = words.language
    return Asked(request, words, response.headers)


Ask = Annotated[Asked, Depends(_asked)]
