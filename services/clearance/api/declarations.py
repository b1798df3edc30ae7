"""`/v1/declarations`: where a declaration stands, what happened to it, and lists of them."""

from functools import partial
from typing import Any

import msgspec
from fastapi import Depends, Request, Response

from clearance.api import answers, links, listed, listing, models, paging, parameters
from clearance.api.etags import etag, held, is_behind, plan_etag
from clearance.api.next_check import NEXT_CHECK, UNKNOWN, Step, next_check, pace
from clearance.api.page import page
from clearance.api.position import BEHIND, reached
from clearance.api.problems import Problem, documented
from clearance.api.questions import patient, question
from clearance.api.registered import OWN_REFERENCE, marked, seen_or_registered
from clearance.api.request import Ask, Asked
from clearance.events.anomalies.silence import like
from clearance.events.learning.expectations import Expectations
from clearance.events.step.partial_readers import DueStatus
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables
from clearance.store.rows import Stored, WantedDeclarations
from clearance.store.viewer import EVERYBODY

router = page("declarations")
NUMBER = documented("several-declarations", "unknown-number", *BEHIND)


@router.get(
    "/v1/declarations/{number}",
    dependencies=[Depends(reached)],
    summary="Where a declaration stands",
    response_model=models.Declaration,
    responses={
        304: {"description": "It is still as `If-None-Match` says."},
        **documented("several-declarations", "unknown-number", "older-than-held", *BEHIND),
    },
)
@patient
@question("cheap")
def declaration(
    number: parameters.Number,
    ask: Ask,
    response: Response,
    if_none_match: parameters.IfNoneMatch = None,
    as_of: parameters.AsOf = None,
    known_at: parameters.KnownAt = None,
    prefer: parameters.Prefer = "",  # for `patient`
) -> Any:
    """Where a declaration stands: status, who must act, flags, obligations, numbers, transport plan, what is wrong.

    A number that belongs to another one (a temporary number, once the unified number is known) answers with that one.
    `as_of` and `known_at` show it as it was: what had happened, and what was known. Such an answer has no ETag.
    """
    row, is_seen = seen_or_registered(ask, number)
    ask.about(row.id, row.partition)
    stale, table = ask.is_stale(row.partition), ask.expectations
    due = _DUE_STATUS.decode(row.record)
    named = ask.sees(due.related)
    if as_of is not None or known_at is not None:
        return answers.declaration_then(
            row=row,
            as_of=as_of,
            known_at=known_at,
            words=ask.words,
            organisation=ask.organisation,
            table=table,
            stale=stale,
            named=named,
        )
    tag = etag(row, ask.words.language, ask.viewer, table, stale=stale, is_seen=is_seen, named=named)
    step = _step(row, due, table)
    # what an own reference means may change, and who sees another declaration, and the log of this one tells neither
    if is_seen and not number.startswith(OWN_REFERENCE) and (due.related is None or ask.viewer == EVERYBODY):
        ask.under_way(step)
    ask.headers[NEXT_CHECK] = str(next_check(*step, ask.stream_time() or utc_now()))
    if known := held(if_none_match or [], tag):
        return Response(status_code=304, headers={**ask.headers, "ETag": known})
    if is_behind(if_none_match or [], tag):
        raise Problem("older-than-held", number=number)
    response.headers["ETag"] = tag
    return answers.declaration(row, ask.words, ask.organisation, table, stale, named=named)


def _step(row: Stored, due: DueStatus, table: Expectations | None) -> Step:
    found = like(row.authority, due.view, default_tables(), table)
    if found is None:
        return Step(row.open, row.since, due.deadline, UNKNOWN)
    return Step(row.open, found.began, due.deadline, pace(found.learned.curve_seconds))


@router.get(
    "/v1/declarations/{number}/transport-plan",
    dependencies=[Depends(reached)],
    summary="Its transport plan",
    response_model=models.TransportPlan,
    responses=NUMBER,
)
@question("cheap")
def transport_plan(number: parameters.Number, ask: Ask) -> Any:
    """The plan that was stated last. Its ETag goes into `If-Match` of the next `PUT`."""
    row, _ = seen_or_registered(ask, number)
    ask.about(row.id, row.partition)
    plan = answers.transport_plan(row)
    ask.headers["ETag"] = plan_etag(plan)
    return plan


@router.get(
    "/v1/declarations/{number}/timeline",
    dependencies=[Depends(reached)],
    summary="What happened to it",
    response_model=models.Timeline,
    responses=NUMBER,
)
@question("list")
def timeline(
    number: parameters.Number, ask: Ask, as_of: parameters.AsOf = None, known_at: parameters.KnownAt = None
) -> Any:
    """Every receipt held, by time: what it means, what it did, whose time it bears and how exact that is.

    `as_of` and `known_at` show the timeline and the status as they were then: what had happened, and what was known.
    """
    row, _ = seen_or_registered(ask, number)
    ask.about(row.id, row.partition)
    return answers.timeline(row, as_of, known_at, ask.words)


@router.get(
    "/v1/declarations",
    dependencies=[Depends(reached)],
    summary="Declarations, those that changed last first",
    response_model=models.Declarations,
    responses={**listing.DOCUMENTED, **documented("cursor-of-another-epoch", *BEHIND)},
)
@question("list")
def declarations(
    ask: Ask,
    request: Request,
    response: Response,
    status: parameters.Statuses = [],  # noqa: B006 # read only, and shown as the default
    group: parameters.Groups = [],  # noqa: B006
    office: parameters.Office = None,
    direction: parameters.Direction = None,
    in_progress: parameters.InProgress = None,
    updated_since: parameters.UpdatedSince = None,
    reference: parameters.Mark = None,
    label: parameters.Mark = None,
    limit: parameters.Limit = 50,
    cursor: parameters.Cursor = None,
    format: parameters.Format = None,  # noqa: A002
) -> Any:
    """Declarations, those that changed last first. Numbers that belong to another one are left out.

    Pages may be read while declarations change: none is missed, and one that changes meanwhile comes again at the end.
    With `updated_since` they come in the order of change: who crashes after a page goes on from its last row.
    `reference` and `label` leave those that you have registered with them; customs must have named you to list them.
    """
    wanted = WantedDeclarations(
        statuses=parameters.statuses_of(status, group),
        office=office,
        direction=direction,
        open=in_progress,
        updated_since=updated_since,
        numbers=marked(ask, parameters.marks_of(reference, label)),
    )
    place = paging.read(cursor, ask.epoch, ask.viewer)
    if (kind := listing.wanted(ask, format, request)) != "json":
        return listing.as_sheet(ask, "declarations", kind, partial(_rows, ask, wanted), place)
    rows, more = _page(ask, wanted, limit, place)
    address = links.to_next("/v1/declarations", request.query_params.multi_items(), paging.opaque(more, ask.viewer))
    response.headers.update(links.link_header(address))
    if wanted.numbers is None:  # what is registered may change, and no log tells it
        ask.lists(row.id for row in rows)
    table = ask.expectations
    made = [ask.listed.row(row, ask.words, ask.organisation, table, ask.is_stale(row.partition)) for row in rows]
    return ask.response(listed.page(made, address))


def _page(
    ask: Asked, wanted: WantedDeclarations, limit: int, place: paging.Cursor | None
) -> tuple[list[Stored], paging.Cursor | None]:
    with ask.reading() as reader:
        return paging.declarations(reader, wanted, place, limit, ask.epoch)


def _shown(ask: Asked, rows: list[Stored]) -> list[models.DeclarationRow]:
    table = ask.expectations
    return [answers.in_list(row, ask.words, ask.organisation, table, ask.is_stale(row.partition)) for row in rows]


def _rows(ask: Asked, wanted: WantedDeclarations, place: paging.Cursor | None) -> listing.Page:
    """A page of a sheet."""
    rows, more = _page(ask, wanted, parameters.MOST, place)
    return [one.model_dump(mode="json") for one in _shown(ask, rows)], more


_DUE_STATUS = msgspec.json.Decoder(DueStatus)
