"""`/v1/changes`: every change that the viewer may see, in order; at once, when the next one comes, or as a stream."""

from contextlib import aclosing
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Header, Query, Request
from msgspec.structs import replace

from clearance.access.registrations import Kind
from clearance.api import answers, feed, feed_cursor, models, parameters
from clearance.api.event_stream import EventStream
from clearance.api.feed_cursor import FeedCursor
from clearance.api.following import Following, Written
from clearance.api.membership import WantedChanges
from clearance.api.page import page
from clearance.api.problems import Problem, documented
from clearance.api.registered import marked
from clearance.api.request import Ask, Asked
from clearance.api.waiting import preferred
from clearance.events.step.partial_readers import RelatedStatus

router = page("changes")
STREAM = "text/event-stream"
Cursor = Annotated[
    str | None,
    Query(max_length=4000, pattern="^[A-Za-z0-9_-]*$", description="`cursor` of the answer before."),
]
From = Annotated[
    Literal["now", "start"],
    Query(alias="from", description="Without a cursor: `start` tells the state of everything first."),
]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="The cursor, of a stream that broke.")]
EXAMPLE = 'event: changes\nid: 9xXo…\ndata: {"changes": […], "declarations": […], "cursor": "9xXo…", …}\n\n'


@router.get(
    "/v1/changes",
    summary="What changed, in order",
    response_model=models.Changes,
    responses={
        200: {"content": {STREAM: {"schema": {"type": "string"}, "examples": {"changes": {"value": EXAMPLE}}}}},
        **documented("changes-of-another-epoch", "changes-purged"),
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
    reference: parameters.Mark = None,
    label: parameters.Mark = None,
    limit: parameters.Limit = 100,
    prefer: parameters.Prefer = "",
    last_event_id: LastEventId = None,
) -> Any:
    """Every change of every declaration that you may see. Keep `cursor`, and ask with it for what came since.

    `seq` numbers the changes of a declaration without holes: whoever holds `previous_seq` of each has everything. With
    `Accept: text/event-stream` the same comes as events; see docs/feed.md.
    """
    wanted = WantedChanges(parameters.statuses_of(status, group), office, tuple(rule))
    marks = parameters.marks_of(reference, label)
    read = partial(_page, ask, wanted, marks, limit)
    following = Following(request, ask, (wanted, tuple(marks), limit), read)
    held = last_event_id or cursor
    start = await ask.run("list", partial(_begin, ask, following.secret, held, begin == "start"))
    ask.speaks_of_nothing()
    if STREAM in request.headers.get("accept", ""):
        return EventStream(following, start, ask.headers, ask.words.language)
    async with aclosing(following.pages(start, preferred(prefer))) as pages:
        answer = ask.response((await anext(pages)).content)
    if preferred(prefer):
        answer.headers["Preference-Applied"] = f"wait={preferred(prefer)}"
    return answer


def _begin(ask: Asked, secret: bytes, held: str | None, whole: bool) -> FeedCursor:
    """Raises `Problem` for a cursor that is none of this viewer's."""
    if held is not None:
        return feed_cursor.read(held, ask.epoch, ask.viewer, secret)
    with ask.reading() as reader:
        return feed.begin(reader, ask.epoch, whole)


def _page(
    ask: Asked, wanted: WantedChanges, marks: list[tuple[Kind, str]], limit: int, secret: bytes, cursor: FeedCursor
) -> Written:
    """Raises `Problem` for a cursor behind which something has left the store."""
    if (numbers := marked(ask, marks)) is not None:
        wanted = replace(wanted, numbers=frozenset(numbers))
    with ask.reading() as reader:
        if feed.lacks(reader, cursor):
            raise Problem("changes-purged")
        page = feed.page(reader, wanted, cursor, limit)
    after = feed_cursor.written(page.cursor, ask.viewer, secret)
    return Written(page, after, _shown(ask, wanted, page, after).model_dump_json().encode())


def _shown(ask: Asked, wanted: WantedChanges, page: feed.Page, after: str) -> models.Changes:
    table = ask.expectations
    return models.Changes(
        changes=[answers.change(one, ask.words, ask.viewer) for one in page.changes],
        declarations=[
            answers.declaration(
                row=row,
                words=ask.words,
                organisation=ask.organisation,
                table=table,
                stale=ask.is_stale(row.partition),
                named=ask.sees(_RELATED_STATUS.decode(row.record).related),
            )
            for row in page.rows
        ],
        cursor=after,
        more=page.more,
        complete=wanted.whole,
    )


_RELATED_STATUS = msgspec.json.Decoder(RelatedStatus)
