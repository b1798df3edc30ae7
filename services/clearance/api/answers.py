"""From what the store holds to what is answered: the same facts with plain words and with addresses. Pure.

Only what is asked for is read of a status record, which holds every fact as well.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from clearance.api import links, models
from clearance.api.feed import Change
from clearance.api.models import Coded
from clearance.api.other_filings import possible_duplicate_of, refiles
from clearance.api.particulars import in_words
from clearance.api.silences import silence_of
from clearance.api.words import Words
from clearance.events.anomalies.evidence import among, note
from clearance.events.anomalies.handling import handling_of, state_for, turns_for
from clearance.events.anomalies.ledger import Anomaly, Turn, anomaly_id, urgency
from clearance.events.anomalies.words import Case
from clearance.events.anomalies.words import words as sentence
from clearance.events.learning.expectations import Expectations
from clearance.events.receipts.facts import select
from clearance.events.receipts.related import Related
from clearance.events.standing import view as views
from clearance.events.standing.statements import Plan
from clearance.events.standing.timeline import Entry, entry_of
from clearance.events.standing.track import Hold
from clearance.events.step.outputs import AnomalyClosed, AnomalyHandled, AnomalyOpened, Changed, CommandResult
from clearance.events.step.partial_readers import ListedStatus, ListedView, ShownStatus
from clearance.events.step.state_records import decode_state
from clearance.settings.tables import default_tables
from clearance.store.rows import Finding, Stored
from clearance.store.viewer import EVERYBODY, Viewer


def coded(words: Words, about: str, name: str) -> Coded:
    return Coded(code=name, words=words.of(about, name))


def declaration(
    row: Stored,
    words: Words,
    organisation: str,
    table: Expectations | None,
    stale: bool = False,
    named: Collection[str] = (),
) -> models.Declaration:
    """One declaration, whole, with what is wrong for an organisation, and its silence by a table. `stale`: what has
    come for it since is not in it, because its partition is parked. `named` are the others that may be named."""
    record = _SHOWN_STATUS.decode(row.record)
    one = record.view
    still_open = (each for each in record.anomalies if state_for(each, organisation) == "open")
    in_order = sorted(still_open, key=lambda each: urgency(each.limit, each.deadline))
    found = [anomaly(finding(row, each, one.timeline), words, organisation) for each in in_order]
    return _declaration(
        row=row,
        one=one,
        found=found,
        tables_version=record.tables,
        words=words,
        table=table,
        stale=stale,
        related=record.related,
        named=named,
    )


def _declaration(
    row: Stored,
    one: views.View,
    found: list[models.Anomaly],
    tables_version: str,
    words: Words,
    table: Expectations | None,
    stale: bool,
    related: Related | None,
    named: Collection[str],
) -> models.Declaration:
    """One declaration of its view and of what is wrong with it."""
    return models.Declaration(
        **_brief(row, one, words, table, stale),
        stage=coded(words, "stage", one.stage),
        obligation=known(words, "flag", one.obligation),
        releasable=one.releasable,
        holds=[_hold(hold, words) for hold in one.holds],
        stage_times=_stage_times(one.stage_times, words),
        parties=one.parties,
        details=one.details,
        goods=[models.GoodsLine(**msgspec.structs.asdict(line)) for line in one.goods],
        transport_plan=_plan(one.transport_plan),
        anomalies=found,
        possible_duplicate_of=possible_duplicate_of(related, named, words),
        refiles=refiles(related, named, words),
        tables_version=tables_version,
        occurred_until=None,
        known_until=None,
        corrections=[],
    )


def declaration_then(
    row: Stored,
    as_of: datetime | None,
    known_at: datetime | None,
    words: Words,
    organisation: str,
    table: Expectations | None,
    stale: bool = False,
    named: Collection[str] = (),
) -> models.Declaration:
    """One declaration as it was: the fold, by the tables of today, of what had happened and was known by then. Its
    silence is that of then, by the table of today."""
    state = decode_state(row.record, default_tables())
    facts = select(state.facts, as_of, known_at)
    one = views.view(facts, default_tables())
    happened, known_by = as_of or known_at or row.applied_at, known_at or as_of or row.applied_at
    opened = [each for each in state.ledger.anomalies.values() if each.deadline <= known_by]
    lines = tuple(map(entry_of, state.track.taken))
    later = [each for each in lines if each.at <= happened and each.received_at > known_by]
    then = _declaration(
        row=_as_viewed(row, one),
        one=one,
        found=[anomaly(finding(row, each, lines), words, organisation) for each in opened],
        tables_version=default_tables().version,
        words=words,
        table=table,
        stale=stale,
        related=facts.related,
        named=named,
    )
    told = {
        "occurred_until": as_of,
        "known_until": known_at,
        "corrections": [_entry(each, words) for each in later],
    }
    return then.model_copy(update=told)


def _as_viewed(row: Stored, one: views.View) -> Stored:
    """The row as the store would have it of that view."""
    shown = {name: getattr(one, name) for name in ("status", "group", "open", "since")}
    found = {name: one.details.get(name, "") for name in ("direction", "office", "transport_mode")}
    return msgspec.structs.replace(row, **shown, **found)


def transport_plan(row: Stored) -> models.TransportPlan:
    """What was stated last; all unknown if nothing was."""
    return _plan(_SHOWN_STATUS.decode(row.record).view.transport_plan)


def _plan(plan: Plan) -> models.TransportPlan:
    return models.TransportPlan(**msgspec.structs.asdict(plan))


def in_list(
    row: Stored, words: Words, organisation: str, table: Expectations | None, stale: bool = False
) -> models.DeclarationRow:
    """One declaration in a list, for an organisation; `table` and `stale` as above."""
    record = _LISTED_STATUS.decode(row.record)
    still_open = sorted({each.rule for each in record.anomalies if state_for(each, organisation) == "open"})
    return models.DeclarationRow(
        **_brief(row, record.view, words, table, stale),
        formats=sorted({entry.format for entry in record.view.timeline}),
        anomalies=[coded(words, "rule", rule) for rule in still_open],
        updated_at=row.applied_at,
    )


def timeline(row: Stored, as_of: datetime | None, known_at: datetime | None, words: Words) -> models.Timeline:
    """The receipts held, or those of them that had happened and were known by then, and what they add up to."""
    one = _SHOWN_STATUS.decode(row.record).view
    if as_of is not None or known_at is not None:
        tables = default_tables()
        one = views.view(select(decode_state(row.record, tables).facts, as_of, known_at), tables)
    return models.Timeline(
        id=row.id,
        occurred_until=as_of,
        known_until=known_at,
        status=coded(words, "status", one.status),
        entries=[_entry(entry, words) for entry in one.timeline],
        links={"self": links.to_timeline(row.id), "declaration": links.to_declaration(row.id)},
    )


def anomaly(found: Finding, words: Words, organisation: str) -> models.Anomaly:
    """One anomaly as it stands for an organisation, and what that may know of its history."""
    rule = default_tables().rules.get(found.rule)
    address, state, done = links.to_anomaly(found.id), state_for(found, organisation), handling_of(found, organisation)
    return models.Anomaly(
        id=found.id,
        declaration=found.declaration,
        rule=coded(words, "rule", found.rule),
        severity=coded(words, "severity", found.severity),
        level=found.level,
        state=coded(words, "state", state),
        began_at=found.since,
        opened_at=found.opened_at,
        limit=found.limit,
        text=_text(found, words),
        addressees=[coded(words, "addressee", name) for name in (rule.tell.split() if rule else ())],
        evidence=_evidence(found, words),
        acknowledged_by=done.acknowledged_by,
        assignee=done.assignee,
        history=[_turn(each, words) for each in turns_for(found, organisation)],
        links={
            "self": address,
            "declaration": links.to_declaration(found.declaration),
            "incidents": links.to_incidents(found.declaration),
            **({each: f"{address}/{each}" for each in links.BY_HAND} if state == "open" else {}),
        },
    )


def _turn(turn: Turn, words: Words) -> models.Turn:
    return models.Turn(
        at=turn.at,
        what=coded(words, "turn", turn.what),
        cause=turn.cause,
        command=turn.command_id,
        organisation=turn.organisation,
        by=turn.by,
        note=turn.note,
        assignee=turn.assignee,
    )


def anomaly_in_list(
    found: Finding, of: Stored | None, incident: str, words: Words, organisation: str
) -> models.AnomalyRow:
    """One anomaly in a list, and where its declaration stands."""
    numbers = _LISTED_STATUS.decode(of.record).view.numbers if of else {}
    return models.AnomalyRow(
        **dict(anomaly(found, words, organisation)),
        declaration_status=known(words, "status", of.status if of else ""),
        declaration_numbers=_numbers(of.authority, numbers, words) if of else [],
        incident=incident,
        updated_at=found.applied_at,
    )


def _evidence(found: Finding, words: Words) -> models.Evidence:
    authority = found.declaration.partition(":")[0]
    stated = (one for line in found.lines for one in line.particulars)
    return models.Evidence(
        text=note(found.lines),
        receipts=list(found.receipts),
        particulars=tuple(in_words(one, authority, words) for one in stated),
    )


def _text(found: Finding, words: Words) -> str:
    case = Case(
        declaration=found.declaration,
        rule=found.rule,
        says=found.says,
        about=found.about,
        opened_at=found.opened_at,
        limit=found.limit,
        lines=found.lines,
    )
    return sentence(case, default_tables(), words.language)


def finding(row: Stored, held: Anomaly, timeline: tuple[Entry, ...]) -> Finding:
    """An anomaly of a status record as the store has it in its own table."""
    return Finding(
        id=anomaly_id(row.id, held.rule, held.deadline),
        declaration=row.id,
        rule=held.rule,
        severity=held.severity,
        level=held.level,
        state=held.state,
        opened_at=held.deadline,
        since=held.since,
        limit=held.limit,
        says=held.says,
        about=held.about,
        receipts=held.receipts,
        lines=among(timeline, held.receipts),
        acknowledged_by=held.acknowledged_by,
        turns=held.turns,
        applied_at=row.applied_at,
    )


def _brief(
    row: Stored, one: views.View | ListedView, words: Words, table: Expectations | None, stale: bool
) -> dict[str, Any]:
    return {
        "id": row.id,
        "authority": coded(words, "authority", row.authority),
        "status": coded(words, "status", row.status),
        "group": coded(words, "group", row.group),
        "in_progress": row.open,
        "stale": stale,
        "next_to_act": coded(words, "next_to_act", one.acts),
        "stage_since": row.since,
        "flags": [coded(words, "flag", flag) for flag in one.flags],
        "numbers": _numbers(row.authority, one.numbers, words),
        "direction": known(words, "direction", row.direction),
        "office": row.office,
        "transport_mode": known(words, "transport_mode", row.transport_mode),
        "silence": silence_of(row.authority, one, table, words),
        "links": links.of_declaration(row.id),
    }


def known(words: Words, about: str, name: str) -> Coded | None:
    return coded(words, about, name) if name else None


def _numbers(authority: str, held: Mapping[str, tuple[str, ...]], words: Words) -> list[models.NumberOf]:
    """The number that it goes by first, then the others, in the order of `numbers.csv`."""
    kinds = default_tables().numbers.of.get(authority, {})
    order = {kind: row.order for kind, row in kinds.items()}
    return [
        models.NumberOf(kind=Coded(code=kind, words=words.of("number", f"{authority}:{kind}")), value=value)
        for kind in sorted(held, key=lambda kind: order.get(kind, len(order)))
        for value in held[kind]
    ]


def _hold(hold: Hold, words: Words) -> models.Hold:
    return models.Hold(
        kind=coded(words, "flag", hold.kind),
        began_at=hold.since,
        ended_at=hold.until,
        code=hold.code,
        receipt_id=hold.receipt_id,
        limit=hold.limit,
        limit_in_doubt=hold.limit_in_doubt,
        reference=hold.reference,
    )


def _stage_times(times: Mapping[str, datetime], words: Words) -> list[models.StageTime]:
    in_order = sorted(times, key=lambda stage: times[stage])
    return [models.StageTime(stage=coded(words, "stage", stage), at=times[stage]) for stage in in_order]


def _entry(entry: Entry, words: Words) -> models.Entry:
    same = ("at", "clock", "authority_time", "received_at", "late", "code", "system", "format", "receipt_id")
    whole = ("text", "text_cut", "particulars_cut")
    return models.Entry(
        **{name: getattr(entry, name) for name in (*same, *whole)},
        particulars=tuple(in_words(each, entry.system.partition("-")[0], words) for each in entry.particulars),
        message_id=entry.message_id,
        precision=coded(words, "precision", entry.precision),
        words=entry.zh if words.language == "zh" else entry.en,
        status=known(words, "status", entry.status),
        effect=coded(words, "effect", entry.effect),
    )


def change(one: Change, words: Words, viewer: Viewer) -> models.FeedChange:
    """One change of the feed. Whose command it was not is told neither of it nor of what it did for another."""
    data = one.event.data if one.event else None
    changed = data if isinstance(data, Changed) else None
    found = data.anomaly if isinstance(data, AnomalyOpened | AnomalyClosed | AnomalyHandled) else None
    if isinstance(data, AnomalyHandled) and not _is_own(data.anomaly.turns[-1].organisation, viewer):
        found = None
    return models.FeedChange(
        kind=coded(words, "kind", one.kind),
        declaration=one.declaration,
        seq=one.seq,
        previous_seq=one.previous,
        at=one.event.at if one.event else None,
        status_before=coded(words, "status", changed.before) if changed and changed.before else None,
        status=coded(words, "status", changed.status) if changed else None,
        anomaly=_changed_anomaly(one.declaration, found, words, viewer.organisation) if found else None,
        command=data.command_id if isinstance(data, CommandResult) and _is_own(data.organisation, viewer) else "",
        merged_into=one.into,
    )


def _is_own(organisation: str, viewer: Viewer) -> bool:
    return viewer == EVERYBODY or organisation == viewer.organisation


def _changed_anomaly(declaration: str, one: Anomaly, words: Words, organisation: str) -> models.ChangedAnomaly:
    return models.ChangedAnomaly(
        id=anomaly_id(declaration, one.rule, one.deadline),
        rule=coded(words, "rule", one.rule),
        severity=coded(words, "severity", one.severity),
        state=coded(words, "state", state_for(one, organisation)),
        limit=one.limit,
    )


_SHOWN_STATUS = msgspec.json.Decoder(ShownStatus)
_LISTED_STATUS = msgspec.json.Decoder(ListedStatus)
