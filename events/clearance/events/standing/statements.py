"""What users state: transport plans, mutes, acknowledgements, registrations, answers, grants. Facts, read here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from clearance.events.receipts.facts import Facts, Statement
from clearance.events.values.times import parse_utc

PLAN_TIMES = ("cut_off_at", "arrived_at", "departure_at")
PLAN_FIELDS = frozenset({*PLAN_TIMES, "vessel", "voyage"})
ABOUT_ANOMALIES = frozenset({"acknowledge", "assign", "resolve", "false_positive"})
LONGEST_NOTE, LONGEST_ASSIGNEE = 500, 100
"""Characters."""
GRANTS = frozenset({"grant", "withdraw_grant"})


class Plan(Struct, frozen=True):
    """The transport plan in force: the last one stated. Times are aware UTC, as the user gave them."""

    cut_off_at: datetime | None = None
    arrived_at: datetime | None = None
    departure_at: datetime | None = None
    vessel: str = ""
    voyage: str = ""


NO_PLAN = Plan()


class Stated(Struct, frozen=True, gc=False):
    """A transport plan, and when it was stated."""

    at: datetime
    plan: Plan


def plans(facts: Facts) -> tuple[Stated, ...]:
    """All transport plans in the order in which they were stated."""
    if not facts.statements:
        return ()
    return tuple(Stated(one.issued_at, _plan(one.body)) for one in of_kind(facts, "transport_plan"))


def in_force(stated: tuple[Stated, ...]) -> Plan:
    return stated[-1].plan if stated else NO_PLAN


def _plan(body: Mapping[str, str]) -> Plan:
    told = body.get
    times = told("cut_off_at", ""), told("arrived_at", ""), told("departure_at", "")
    return _plan_of(*times, told("vessel", ""), told("voyage", ""))


@lru_cache(maxsize=1000)
def _plan_of(cut_off_at: str, arrived_at: str, departure_at: str, vessel: str, voyage: str) -> Plan:
    """Kept, since each input of a declaration asks for its plans some times."""
    cut_off, arrived, departure = (parse_utc(time) if time else None for time in (cut_off_at, arrived_at, departure_at))
    return Plan(cut_off, arrived, departure, vessel, voyage)


def of_kind(facts: Facts, kind: str) -> list[Statement]:
    """All statements of a kind, in the order in which they were made."""
    statements = [statement for statement in facts.statements.values() if statement.kind == kind]
    return sorted(statements, key=_order)


def answers(facts: Facts) -> tuple[datetime, ...]:
    """When users stated that the question of customs was answered, in order."""
    if not facts.statements:
        return ()
    return tuple(statement.issued_at for statement in of_kind(facts, "answer_query"))


def muted_until(statements: Iterable[Statement], organisation: str) -> dict[str, datetime]:
    """Until when an organisation asked not to be told of a rule, by rule; of several the last one counts."""
    return {rule: parse_utc(one.body["until"]) for rule, one in mutes(statements, organisation).items()}


def mutes(statements: Iterable[Statement], organisation: str) -> dict[str, Statement]:
    """The last mute of an organisation, by rule."""
    its = [one for one in statements if one.kind == "mute" and one.organisation == organisation]
    return {one.body["rule"]: one for one in sorted(its, key=_order)}


def granted(facts: Facts) -> tuple[str, ...]:
    """Ids of the organisations that may see it by the word of the operator, in order: the last one of each counts."""
    return _last_granted(facts, "grant")


def withdrawn(facts: Facts) -> tuple[str, ...]:
    """Ids of the organisations that might see it by the word of the operator and may no more, in order."""
    return _last_granted(facts, "withdraw_grant")


def _last_granted(facts: Facts, kind: str) -> tuple[str, ...]:
    stated = sorted((one for one in facts.statements.values() if one.kind in GRANTS), key=_order)
    last = {one.body["organisation"]: one.kind for one in stated}
    return tuple(sorted(organisation for organisation, said in last.items() if said == kind))


def _order(statement: Statement) -> tuple[datetime, str]:
    return statement.issued_at, statement.command_id


def refusal(statement: Statement) -> str:
    """Why a command's body cannot be accepted; "" if it can."""
    body = statement.body
    try:
        if statement.kind == "transport_plan":
            for name in PLAN_TIMES:
                if body.get(name):
                    parse_utc(body[name])
            return f"unknown fields {sorted(unknown)}" if (unknown := body.keys() - PLAN_FIELDS) else ""
        if statement.kind == "mute":
            parse_utc(body.get("until", ""))
            return "" if body.get("rule") else "a mute names a rule"
        if statement.kind in ABOUT_ANOMALIES:
            return _refused_of_anomaly(body)
        if statement.kind == "answer_query":
            return f"an answer has no fields, and this has {sorted(body)[:3]}" if body else ""
        if statement.kind in GRANTS:
            return "" if [*body] == ["organisation"] and body["organisation"] else "a grant names an organisation only"
    except ValueError as error:
        return str(error)
    return ""


def _refused_of_anomaly(body: Mapping[str, str]) -> str:
    """Raises `ValueError` for a deadline that is no time."""
    parse_utc(body.get("deadline", ""))
    if not body.get("rule"):
        return "the anomaly is named by its rule and its deadline"
    if len(body.get("note", "")) > LONGEST_NOTE or len(body.get("assignee", "")) > LONGEST_ASSIGNEE:
        return f"a note has at most {LONGEST_NOTE} characters, an assignee {LONGEST_ASSIGNEE}"
    return ""
