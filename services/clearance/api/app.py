"""`create_app`: the API put together. It holds the stores, the log and the metrics; requests hold nothing."""

from importlib.metadata import version

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.types import Receive, Scope, Send

from clearance.access.gate import Gate
from clearance.api import (
    anomalies,
    batch,
    bulk_registrations,
    by_hand,
    changes,
    clearance_times,
    commands,
    declarations,
    documentation,
    explanations,
    filings,
    grants,
    incidents,
    ingest,
    messages,
    mutes,
    openapi,
    operations,
    problem_pages,
    refusals,
    registrations,
)
from clearance.api.browsers import Names, OwnHost, OwnOrigin, SafeAnswers
from clearance.api.bulkheads import Bulkheads
from clearance.api.clerk import Clerk, Log
from clearance.api.compression import Compressed
from clearance.api.freshness import FreshnessHeaders, FreshnessTold
from clearance.api.gateway import Gateway
from clearance.api.kept_answers import KeptAnswers
from clearance.api.listed import Listed
from clearance.api.looking import look_after, look_after_archive, look_after_gate, look_after_log
from clearance.api.middleware import BodyLimit, Counted, Head, LastResort, Leaving, RawPath
from clearance.api.polled import Polled
from clearance.api.stores import Stores
from clearance.api.tail import Tail
from clearance.api.usual_times import UsualTimes
from clearance.api.waiting import Waiters
from clearance.metrics import Board
from clearance.metrics.declared import API, EDGE, PROCESS
from clearance.metrics.serving import registry_of
from clearance.settings import Settings

ABOUT = """Where every customs declaration stands, what happened to it, and what is wrong while there is time to act.

To try it here: press *Authorize*, paste your key (`clr_…`; none is needed where `clearance up` runs), open
`GET /v1/declarations`, press *Execute*, and take a number from what is shown to the other addresses.

Words are in Chinese or English by `Accept-Language`. Every answer under `/v1` says in its headers how old it is:
`Clearance-Freshness`, `Clearance-As-Of`, `Clearance-Lag-Seconds`, `Clearance-Stream-Time`, `Clearance-Stale-Since`.
Whatever goes wrong is an RFC 9457 problem, whose `type` opens as a page ([all](/problems)). `RateLimit` says what is
left of your quota."""
TAGS = [
    {"name": "declarations", "description": "Where a declaration stands, and what happened to it."},
    {"name": "changes", "description": "Everything that changes, in order, for whoever keeps a copy."},
    {"name": "anomalies", "description": "What is wrong, with the evidence."},
    {"name": "incidents", "description": "What many have in common that are held up."},
    {"name": "clearance times", "description": "How long clearance takes. Provisional."},
    {"name": "messages", "description": "What trusted connections bring from customs."},
    {"name": "registrations", "description": "What you say of declarations of yours before customs does."},
    {"name": "grants", "description": "Whom the operator lets see a declaration."},
    {"name": "commands", "description": "What users state. The tracker decides; what is pending may be asked for."},
    {"name": "mutes", "description": "Of what you do not want to be notified."},
    {"name": "operations", "description": "For whoever runs the API."},
]
ROUTES = tuple(
    route
    for page in (
        declarations,
        batch,
        changes,
        explanations,
        messages,
        anomalies,
        incidents,
        clearance_times,
        by_hand,
        mutes,
        commands,
        grants,
        registrations,
        bulk_registrations,
        filings,
        ingest,
        operations,
    )
    for route in page.router.routes
)
MIB = 1024 * 1024
LARGEST_BODY = MIB
"""Bytes; of an address in `LARGER_BODIES` so many."""
LARGER_BODIES = {"/v1/messages": 8 * LARGEST_BODY, "/v1/registrations": 8 * LARGEST_BODY}


class App(FastAPI):
    """The API; what is asked again and again is answered before the framework sees it."""

    polled: Polled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.polled(scope, receive, send)

    async def unpolled(self, scope: Scope, receive: Receive, send: Send) -> None:
        """All else."""
        await super().__call__(scope, receive, send)


def new_board() -> Board:
    """The metrics of an API process, with those of the edge in it."""
    return Board((*PROCESS, *EDGE, *API))


def create_app(
    stores: Stores,
    log: Log,
    settings: Settings,
    gate: Gate | None,
    board: Board | None = None,
    access: Engine | None = None,
) -> App:
    """The API over open stores and a log, which may count on the board; `access` keeps registrations.

    Without a gate it asks for no key, and everybody sees everything.
    """
    app = App(
        title="clearance",
        version=version("clearance"),
        description=ABOUT,
        openapi_tags=TAGS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    board, names = board or new_board(), Names(settings)
    look_after(board, stores, settings.kafka_bootstrap_servers)
    look_after_log(board, log)
    look_after_archive(board, settings.archive_folder)
    if gate is not None:
        look_after_gate(board, gate)
    app.state.stores, app.state.settings, app.state.gate, app.state.access = stores, settings, gate, access
    app.state.tail = Tail(stores)
    app.state.waiters = Waiters()
    app.state.tail.listeners.append(app.state.waiters.told)
    app.state.kept = KeptAnswers(app.state.tail, settings.api_kept_answers_mib * MIB)
    app.state.listed = Listed()
    app.state.bulkheads = Bulkheads(settings, board)
    app.state.clerk = Clerk(log, board, settings.api_command_wait_seconds)
    app.state.gateway = Gateway(log)
    app.state.read_original = messages.from_the_log(settings, stores)
    app.state.usual_times = UsualTimes()
    app.state.registry = registry_of(board)
    app.router.routes.extend(ROUTES)
    documentation.add_to(app)
    problem_pages.add_to(app)
    refusals.add_to(app, ROUTES)
    openapi.add_to(app)
    app.add_middleware(RawPath)  # the last one added sees a request first
    app.add_middleware(BodyLimit, limit=LARGEST_BODY, larger=LARGER_BODIES)
    app.add_middleware(LastResort)
    app.add_middleware(
        FreshnessHeaders,
        stores=stores,
        bulkheads=app.state.bulkheads,
        stale_seconds=settings.api_stale_seconds,
    )
    app.add_middleware(Leaving)
    app.add_middleware(Compressed)
    app.add_middleware(Head)
    app.add_middleware(OwnOrigin)
    app.add_middleware(OwnHost, names=names)
    app.add_middleware(SafeAnswers)
    app.add_middleware(Counted, board=board)
    told = FreshnessTold(stores, settings.api_stale_seconds)
    app.polled = Polled(app=app.unpolled, kept=app.state.kept, freshness=told, gate=gate, names=names, board=board)
    return app
