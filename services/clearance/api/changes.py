"""`/v1/changes`: every change that the viewer may see, in order; at once, when the next one comes, or as a stream."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from clearance.api import answers, feed, feed_cursor, models, parameters
from clearance.api.admission import Guarded
from clearance.api.declarations import _statuses
from clearance.api.event_stream import EventStream
from clearance.api.feed_cursor import FeedCursor
from clearance.api.following import Following
from clearance.api.membership import WantedChanges
from clearance.api.problems import documented
from clearance.api.request import Ask, Asked
from clearance.api.waiting import LONGEST, preferred

router = APIRouter(tags=["changes"], route_class=Guarded)
STREAM = "text/event-stream"
Cursor = Annotated[
    str | None,
    Query(max_length=4000, pattern="^[A-Za-z0-9_-]*$", description="`cursor` of the answer before."),
]
From = Annotated[
    Literal["now", "start"],
    Query(alias="from", description="Without a cursor: `start` tells the state of everything first."),
]
Prefer = Annotated[str, Header(description=f"`wait=30`: answered when something comes; at most {LONGEST} s.")]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="The cursor, of a stream that broke.")]
EXAMPLE = 'event: changes\nid: 9xXo…\ndata: {"changes": […], "declarations": […], "cursor": "9xXo…", …}\n\n'


@router.get(
    "/v1/changes",
    summary="What changed, in order",
    response_model=models.Changes,
    responses={
        200: {"content": {STREAM: {"schema": {"type": "string"}, "examples": {"changes": {"value": EXAMPLE}}}}},
        **documented("changes-of-another-epoch"),
    },
)
async def changes(
    ask: Ask,
    request: Request,
    cursor: Cursor = None,
    begin: From = "now",
    status: parameters.Statuses = [],  # noqa: B006 # read only, and shown as the default
    group: parameters.Groups = [],  # noqa: B006
    office: parameters.Office = None,
    rule: parameters.Rules = [],  # noqa: B006
    limit: parameters.Limit = 100,
    prefer: Prefer = "",
    last_event_id: LastEventId = None,
) -> Any:
    """Every change of every declaration that you may see. Keep `cursor`, and ask with it for what came since.

    `seq` numbers the changes of a declaration without holes: whoever holds `previous_seq` of each has everything. With
    `Accept: text/event-stream` the same comes as events; see docs/feed.md.
    """
    wanted = WantedChanges(_statuses(status, group), office, tuple(rule))
    following = Following(request, ask, partial(_page, ask, wanted, limit))
    held = last_event_id or cursor
    start = await ask.run("list", partial(_begin, ask, following.secret, held, begin == "start"))
    ask.speaks_of_nothing()
    if STREAM in request.headers.get("accept", ""):
        return EventStream(following, start, ask.headers)
    page, content = await following.page(start, preferred(prefer))
    answer = ask.response(content)
    if preferred(prefer):
        answer.headers["Preference-Applied"] = f"wait={preferred(prefer)}"
    return answer


def _begin(ask: Asked, secret: bytes, held: str | None, whole: bool) -> FeedCursor:
    """Raises `Problem` for a cursor that is none of this viewer's."""
    if held is not None:
        return feed_cursor.read(held, ask.epoch, ask.viewer, secret)
    with ask.reading() as reader:
        return feed.begin(reader, ask.epoch, whole)


def _page(ask: Asked, wanted: WantedChanges, limit: int, secret: bytes, cursor: FeedCursor) -> tuple[feed.Page, bytes]:
    with ask.reading() as reader:
        page = feed.page(reader, wanted, cursor, limit)
    return page, _shown(ask, wanted, secret, page).model_dump_json(by_alias=True).encode()


def _shown(ask: Asked, wanted: WantedChanges, secret: bytes, page: feed.Page) -> models.Changes:
    return models.Changes(
        changes=[answers.change(one, ask.words) for one in page.changes],
        declarations=[answers.declaration(row, ask.words, ask.is_stale(row.partition)) for row in page.rows],
        cursor=feed_cursor.written(page.cursor, ask.viewer, secret),
        more=page.more,
        complete=wanted.whole,
    )
