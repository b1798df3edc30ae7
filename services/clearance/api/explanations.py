"""`/v1/declarations/{number}/explanation`: why it stands where it does, who must act, and how long that usually takes.

An address of its own, since the usual time changes without the declaration, whose ETag must not.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import Depends, Request

from clearance.api import links, models, parameters
from clearance.api.answers import coded, known
from clearance.api.other_filings import possible_duplicate_of, refiles
from clearance.api.page import page
from clearance.api.position import BEHIND, reached
from clearance.api.problems import documented
from clearance.api.questions import question
from clearance.api.registered import seen_or_registered
from clearance.api.request import Ask
from clearance.api.silences import silence_now
from clearance.api.usual_times import Running, Usual, UsualTimes
from clearance.api.words import Words
from clearance.contracts.codes import Meaning
from clearance.events.learning.expectations import Expectations
from clearance.events.standing.deciding import deciding
from clearance.events.standing.spans import SPANS, begun
from clearance.events.standing.timeline import Taken
from clearance.events.standing.view import view
from clearance.events.step.declaration import Declaration
from clearance.events.step.state_records import decode_state
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables
from clearance.store.rows import Stored

router = page("declarations")


@router.get(
    "/v1/declarations/{number}/explanation",
    dependencies=[Depends(reached)],
    summary="Why it stands there, and what is next",
    response_model=models.Explanation,
    responses=documented("several-declarations", "unknown-number", *BEHIND),
)
@question("list")
def explanation(number: parameters.Number, ask: Ask, request: Request) -> Any:
    """The status in words: who must act and how, the receipt that decided it, the row of the table that says so, and
    how long the step usually takes at this office.

    The usual time is of what has ended, at most a minute old, and left out where fewer than five have. The silence says
    where it stands among others like it at this moment, and how likely it is released before the cut-off of its plan.
    """
    usual: UsualTimes = request.app.state.usual_times
    row, _ = seen_or_registered(ask, number)
    with ask.reading() as reader:
        state = decode_state(row.record, default_tables())
        running = running_span(row, state)
        times = usual.of(reader, ask.epoch, running) if running else None
    ask.about(row.id, row.partition)
    at = Moment(ask.stream_time() or utc_now(), ask.expectations)
    named = ask.sees(state.facts.related)
    return explained(row=row, state=state, running=running, usual=times, at=at, words=ask.words, named=named)


def running_span(row: Stored, state: Declaration) -> Running | None:
    """The shortest span that a declaration has begun and may still end."""
    since = begun(state.track.milestones) if row.open else {}
    name = next((span.name for span in SPANS if span.name in since), "")
    cohort = {"authority": row.authority, "office": row.office, "direction": row.direction}
    return Running(name, since[name], cohort) if name else None


class Moment(NamedTuple):
    """The last clock folded, and the table of expectations in force."""

    now: datetime
    table: Expectations | None


def explained(
    row: Stored,
    state: Declaration,
    running: Running | None,
    usual: Usual | None,
    at: Moment,
    words: Words,
    named: Collection[str] = (),
) -> models.Explanation:
    """The whole of it; `state` is that of the row, `named` are the other declarations that may be named."""
    shown = view(state.facts, default_tables(), state.track)
    taken = deciding(state.track, shown)
    return models.Explanation(
        id=row.id,
        status=coded(words, "status", shown.status),
        stage=coded(words, "stage", shown.stage),
        obligation=known(words, "flag", shown.obligation),
        next_to_act=coded(words, "next_to_act", shown.acts),
        next_step=words.of("next_step", shown.obligation or shown.status),
        decided_by=_decided(row, taken, words) if taken else None,
        usual_time=_usual(running, usual, words) if running and usual else None,
        silence=silence_now(row.authority, shown, at.table, at.now, words),
        possible_duplicate_of=possible_duplicate_of(state.facts.related, named, words),
        refiles=refiles(state.facts.related, named, words),
        tables_version=state.tables,
        links={"self": links.to_explanation(row.id), "declaration": links.to_declaration(row.id)},
    )


def _decided(row: Stored, taken: Taken, words: Words) -> models.DecidedBy:
    fact = taken.fact
    return models.DecidedBy(
        receipt_id=fact.receipt.receipt_id,
        message_id=fact.message_id,
        at=taken.at,
        received_at=fact.received_at,
        code=fact.receipt.code,
        text=fact.receipt.text,
        row=_row(row, taken.meaning, words) if taken.meaning else None,
        links={"message": f"{links.to_messages(row.id)}/{fact.message_id}"},
    )


def _row(row: Stored, meaning: Meaning, words: Words) -> models.TableRow:
    return models.TableRow(
        authority=coded(words, "authority", row.authority),
        table=f"codes/{meaning.system}.csv",
        code=meaning.row.code,
        status=known(words, "status", meaning.status),
        words=meaning.row.zh if words.language == "zh" else meaning.row.en,
        source=meaning.row.source,
    )


def _usual(running: Running, usual: Usual, words: Words) -> models.UsualTime:
    cohort, times = usual
    span = next(one for one in SPANS if one.name == running.span)
    return models.UsualTime(
        span=models.Coded(code=span.name, words=span.zh if words.language == "zh" else span.en),
        running_since=running.since,
        by=dict(cohort),
        n=times.n,
        median_seconds=times.median,
        p90_seconds=times.p90,
    )
