"""What a user states, decided by the state of the declaration: accepted as a fact, refused, or sent on."""

from collections.abc import Mapping

from msgspec.structs import replace

from clearance.events.anomalies import handling
from clearance.events.anomalies.handling import BY_HAND
from clearance.events.anomalies.ledger import Ledger, Result
from clearance.events.log.inputs import Command, Send
from clearance.events.receipts.facts import OF, Facts, Statement, merge
from clearance.events.standing.advance import ASKED
from clearance.events.standing.reuse import track_of
from clearance.events.standing.statements import refusal
from clearance.events.standing.track import is_open, kinds
from clearance.events.step import linking, reusable_number
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import AnomalyClosed, AnomalyHandled, CommandResult, Data, Step
from clearance.events.step.settle import changed, number, settle
from clearance.events.tables.tables import Tables

MOST_COMMANDS = 500
"""Of one organisation to one declaration, which holds them all."""


def on_command(declaration: Declaration, given: Command, tables: Tables) -> Step:
    statement, results = given.statement, declaration.ledger.results
    if statement.key in results:
        return Step(declaration, outcome="duplicate")
    if _count(results, statement.organisation) >= MOST_COMMANDS:
        return number(declaration, given, [_refused(statement, f"it holds {MOST_COMMANDS} commands of yours")], [])
    leads_to = reusable_number.primaries(declaration, tables.numbers)
    if len(leads_to) == 1:
        after = _with_result(declaration, statement, Result("forwarded"))
        return number(after, given, [], [Send(leads_to[0], given)])
    reason = refusal(statement) or _refused_by_state(declaration, statement, tables)
    if reason:
        after = _with_result(declaration, statement, Result("refused", reason))
        return number(after, given, [_refused(statement, reason)], [])
    return _accept(declaration, given, tables)


def _count(results: Mapping[str, Result], organisation: str) -> int:
    """How many commands of an organisation were decided here."""
    return sum(key.rpartition(OF)[0] == organisation for key in results)


def _refused(statement: Statement, reason: str) -> CommandResult:
    return CommandResult(statement.command_id, "refused", reason, statement.organisation, statement.by)


def _accept(declaration: Declaration, given: Command, tables: Tables) -> Step:
    statement, held = given.statement, declaration.facts
    new = Facts(statements={statement.key: statement}, numbers=frozenset({declaration.number}))
    facts = merge(held, new)
    track = track_of(facts, tables) if statement.kind == "answer_query" else declaration.track
    data: list[Data] = [
        CommandResult(statement.command_id, "accepted", organisation=statement.organisation, by=statement.by)
    ]
    declaration = _with_result(declaration, statement, Result("accepted"))
    if statement.kind in BY_HAND:
        rule, _ = handling.key_in(statement)
        is_over = tables.rules[rule].lasting or not is_open(declaration.track, tables)
        ledger, anomaly = handling.handled(declaration.ledger, statement, is_over)
        declaration = replace(declaration, ledger=ledger)
        data.append(AnomalyHandled(anomaly) if anomaly.state == "open" else AnomalyClosed(anomaly))
    fresh = facts.numbers - held.numbers
    data.append(changed(declaration, facts, track, [], fresh=fresh, tables=tables))
    return settle(
        declaration=declaration,
        facts=facts,
        track=track,
        given=given,
        tables=tables,
        data=data,
        sends=linking.tell(declaration, fresh, given, tables.numbers),
    )


def _with_result(declaration: Declaration, statement: Statement, result: Result) -> Declaration:
    ledger = declaration.ledger
    results = {**ledger.results, statement.key: result}
    return replace(declaration, ledger=Ledger(results, ledger.anomalies, ledger.open))


def _refused_by_state(declaration: Declaration, statement: Statement, tables: Tables) -> str:
    if statement.kind in BY_HAND:
        return handling.refused(declaration.ledger, statement)
    if reusable_number.primaries(declaration, tables.numbers):
        return "the number leads to several declarations, so name one of them"
    if statement.kind == "answer_query":
        return "" if _ends_query(declaration, statement, tables) else "no question that it could answer is open"
    stage = tables.codes.statuses.get(declaration.track.stage)
    if statement.kind == "transport_plan" and stage is not None and not stage.open and stage.status != "rejected":
        return f"the declaration has ended: {stage.status}"
    return ""


def _ends_query(declaration: Declaration, statement: Statement, tables: Tables) -> bool:
    facts = merge(declaration.facts, Facts(statements={statement.key: statement}))
    return ASKED in kinds(declaration.track) - kinds(track_of(facts, tables))
