"""`/v1/incidents`: many declarations that share what holds them up, told as one; see `docs/incidents.md`.

Who sees a member sees the incident: what its members share, but for the names of firms, and the members that they see.
"""

from collections.abc import Iterable
from typing import Any

from fastapi import Request, Response

from clearance.api import links, models, paging, parameters
from clearance.api.answers import coded
from clearance.api.page import page
from clearance.api.problems import Problem, documented
from clearance.api.questions import question
from clearance.api.registered import seen_or_registered
from clearance.api.request import Ask
from clearance.api.words import Words
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.words import words as sentence
from clearance.settings.tables import default_tables
from clearance.store.reader import Reader
from clearance.store.rows import Shared, WantedIncidents
from clearance.store.viewer import EVERYBODY, Viewer

router = page("incidents")
FIRMS = frozenset({"broker", "trader"})
NOT_SHOWN = {"zh": "（不公开）", "en": "(not shown)"}
MOST_MEMBERS = 1000


@router.get(
    "/v1/incidents",
    summary="What many have in common that are held up",
    response_model=models.Incidents,
    responses=documented("cursor-of-another-epoch", "several-declarations", "unknown-number"),
)
@question("list")
def incidents(
    ask: Ask,
    request: Request,
    response: Response,
    state: parameters.IncidentState = None,
    declaration: parameters.DeclarationFilter = None,
    limit: parameters.Limit = 50,
    cursor: parameters.Cursor = None,
) -> Any:
    """Incidents, those that opened last first. Without `state` those that are open, and those that closed. One that
    opens while they are read stands above the pages that were read."""
    place = paging.read(cursor, ask.epoch, ask.viewer)
    member = seen_or_registered(ask, declaration)[0].id if declaration else ""
    wanted = WantedIncidents(None if state is None else state == "open", member)
    with ask.reading() as reader:
        found, more = paging.incidents(reader, wanted, place, limit, ask.epoch)
        seen = seen_of(reader, found)
    address = links.to_next("/v1/incidents", request.query_params.multi_items(), paging.opaque(more, ask.viewer))
    response.headers.update(links.link_header(address))
    rows = [shown(one, seen[one.id], ask.viewer, ask.words) for one in found]
    return models.Incidents(incidents=rows, next=address)


@router.get(
    "/v1/incidents/{incident}",
    summary="One incident",
    response_model=models.IncidentInFull,
    responses=documented("unknown-incident"),
)
@question("list")
def incident(incident: parameters.IncidentId, ask: Ask) -> Any:
    """One incident, with those of its members that you see: the first thousand."""
    with ask.reading() as reader:
        found = reader.incident(incident)
        if found is None:
            raise Problem("unknown-incident", incident=incident)
        members = reader.incident_members(incident, MOST_MEMBERS)
        brief = shown(found, len(members), ask.viewer, ask.words)
    addresses = {name: links.to_declaration(name) for name in members}
    return models.IncidentInFull(**dict(brief), members=addresses)


def seen_of(reader: Reader, found: Iterable[Shared]) -> dict[str, int]:
    """How many members of each are seen, as far as they are listed."""
    ids = [one.id for one in found]
    seen = reader.members_seen(ids)
    return {one: min(seen.get(one, 0), MOST_MEMBERS) for one in ids}


def shown(one: Shared, seen: int, viewer: Viewer, words: Words) -> models.Incident:
    """Of firms only who sees everything is told the names, and how many members there are in all."""
    group = one.group
    if viewer != EVERYBODY:
        group = tuple((name, NOT_SHOWN[words.language] if name in FIRMS else value) for name, value in group)
    size = one.size if viewer == EVERYBODY else seen
    state = "merged" if one.into else "closed" if one.closed_at else "open"
    return models.Incident(
        id=one.id,
        authority=one.authority,
        kind=coded(words, "incident", one.kind),
        state=coded(words, "incident", state),
        shared=dict(group),
        since=one.since,
        opened_at=one.opened_at,
        closed_at=one.closed_at,
        part_of=one.into,
        lift=one.lift,
        size=size,
        text=sentence(_as_told(one, group, size), default_tables(), words.language),
        links={"self": links.to_incident(one.id)},
    )


def _as_told(one: Shared, group: tuple[tuple[str, str], ...], size: int) -> Incident:
    """The incident for its sentence, which counts members and names none."""
    return Incident(
        incident=one.id,
        authority=one.authority,
        kind=one.kind,
        group=group,
        since=one.since,
        failing_since=one.failing_since,
        opened_at=one.opened_at,
        lift=one.lift,
        members=("",) * size,
        most=size,
        closed_at=one.closed_at,
        into=one.into,
    )
