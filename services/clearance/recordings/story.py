"""What came out of a replay, in the words of a test: statuses, timelines, anomalies; and what was expected."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import asdict

from clearance.events.anomalies.clauses import Language
from clearance.events.anomalies.evidence import among
from clearance.events.anomalies.ledger import Anomaly
from clearance.events.anomalies.words import case_of, words
from clearance.events.partition.replay import Refused, Replay
from clearance.events.receipts.facts import OF
from clearance.events.standing.timeline import Entry
from clearance.events.standing.view import View, view
from clearance.events.step.declaration import Declaration
from clearance.events.step.reusable_number import primaries
from clearance.events.tables.tables import Tables
from clearance.events.values.particulars import Particular
from clearance.events.values.times import rfc3339
from clearance.recordings.read import EXPECTED, read_paths
from clearance.settings.tables import default_tables


class ToldDeclaration:
    """One declaration of a story: `status`, `obligations`, `timeline`, `particulars`, `anomalies`, `deadline`, and the
    whole `view`. What is not so is not in the list: `assert told.obligations == []`."""

    def __init__(self, declaration: Declaration, tables: Tables, aliases: list[str]) -> None:
        self.id = declaration.id
        self.declaration = declaration
        self.view: View = view(declaration.facts, tables)
        self.aliases = aliases

    @property
    def status(self) -> str:
        return self.view.status

    @property
    def flags(self) -> tuple[str, ...]:
        return self.view.flags

    @property
    def obligations(self) -> list[tuple[str, str]]:
        """(kind, limit) of what is open, in the order of its beginning; a limit that nobody states is ""."""
        still_open = (hold for hold in self.view.holds if hold.until is None)
        return [(hold.kind, rfc3339(hold.limit) if hold.limit else "") for hold in still_open]

    @property
    def particulars(self) -> list[dict[str, Any]]:
        """Of all receipts, in the order of the timeline: `kind` and the fields that say something."""
        return [told for entry in self.view.timeline for told in _particulars(entry.particulars)]

    @property
    def deadline(self) -> str:
        """When the next level of a rule fires unless something comes before; "" if nothing is waited for."""
        return rfc3339(self.declaration.deadline) if self.declaration.deadline else ""

    @property
    def timeline(self) -> list[tuple[str, str, str, str]]:
        """(time, code, canonical status, effect), in the order of the timeline."""
        return [(rfc3339(entry.at), entry.code, entry.status, entry.effect) for entry in self.view.timeline]

    @property
    def anomalies(self) -> list[Anomaly]:
        """Everything that was opened, in the order of (opened at, rule)."""
        found = self.declaration.ledger.anomalies.values()
        return sorted(found, key=lambda anomaly: (anomaly.deadline, anomaly.rule))

    def words(self, anomaly: Anomaly, tables: Tables, language: Language) -> str:
        """One of its anomalies as a person would say it."""
        return words(case_of(self.id, anomaly, self.view.timeline), tables, language)

    def evidence(self, anomaly: Anomaly) -> tuple[Entry, ...]:
        """The lines of the timeline that it rests on."""
        return among(self.view.timeline, anomaly.receipts)

    @property
    def open_anomalies(self) -> list[str]:
        """The rules that are open now."""
        return [anomaly.rule for anomaly in self.anomalies if anomaly.state == "open"]


class Story:
    """The declarations of a replayed recording, by id. With one declaration, `story.status` and so on speak of that."""

    def __init__(self, replay: Replay) -> None:
        states = replay.partition.states
        led = {name: primaries(state, replay.tables.numbers) for name, state in states.items()}
        self.declarations = {
            name: ToldDeclaration(state, replay.tables, sorted(alias for alias, to in led.items() if name in to))
            for name, state in replay.declarations.items()
        }
        self.refused: list[Refused] = replay.refused
        self.duplicates: list[str] = replay.duplicates

    def __getitem__(self, declaration: str) -> ToldDeclaration:
        return self.declarations[declaration]

    def __iter__(self) -> Iterator[ToldDeclaration]:
        return iter(self.declarations.values())

    @property
    def only(self) -> ToldDeclaration:
        """The one declaration of the story. Raises `ValueError` if there are more or fewer."""
        if len(self.declarations) != 1:
            raise ValueError(f"the story tells of {len(self.declarations)} declarations: {[*self.declarations]}")
        return next(iter(self))

    @property
    def statuses(self) -> dict[str, str]:
        return {told.id: told.status for told in self}

    @property
    def status(self) -> str:
        return self.only.status

    @property
    def obligations(self) -> list[tuple[str, str]]:
        return self.only.obligations

    @property
    def particulars(self) -> list[dict[str, Any]]:
        return self.only.particulars

    @property
    def deadline(self) -> str:
        return self.only.deadline

    @property
    def timeline(self) -> list[tuple[str, str, str, str]]:
        return self.only.timeline

    @property
    def anomalies(self) -> list[Anomaly]:
        return self.only.anomalies


def tell(
    *paths: Path, organisation: str = "self", tables: Tables | None = None, until: datetime | None = None
) -> Story:
    """Replay recordings, folders or files."""
    replay = Replay(tables or default_tables()).feed(read_paths(paths, organisation))
    if until is not None:
        replay.pass_time(until)
    return Story(replay)


def differences(story: Story, folder: Path) -> list[str]:
    """What differs from `expected.json` of the recording, one line each; every key that stands there is compared."""
    expected = json.loads((folder / EXPECTED).read_text(encoding="utf-8"))
    found = []
    if sorted(expected["declarations"]) != sorted(story.declarations):
        found.append(f"declarations: {sorted(story.declarations)}, expected {sorted(expected['declarations'])}")
    for name, wanted in expected["declarations"].items():
        if name in story.declarations:
            got = as_expected(story[name])
            wanted = {**wanted, "timeline": sorted(wanted["timeline"])} if "timeline" in wanted else wanted
            wrong = [key for key in wanted if got[key] != wanted[key]]
            found += [f"{name} {key}: {got[key]!r}, expected {wanted[key]!r}" for key in wrong]
    if sorted(story.duplicates) != sorted(expected.get("duplicates", [])):
        found.append(f"duplicates: {story.duplicates}, expected {expected.get('duplicates', [])}")
    return found + _refusals(story, expected.get("refused", []))


def as_expected(told: ToldDeclaration) -> dict[str, Any]:
    """A declaration in the form of `expected.json`."""
    one = told.view
    return {
        "status": one.status,
        "stage": one.stage,
        "group": one.group,
        "open": one.open,
        "acts": one.acts,
        "obligation": one.obligation,
        "limits": {hold.kind: rfc3339(hold.limit) for hold in one.holds if hold.limit is not None},
        "releasable": one.releasable,
        "flags": list(one.flags),
        "stage_times": {stage: rfc3339(at) for stage, at in one.stage_times.items()},
        "timeline": sorted(list(entry) for entry in told.timeline),
        "texts": [entry.text for entry in one.timeline],
        "particulars": [_particulars(entry.particulars) for entry in one.timeline],
        "clocks": [entry.clock for entry in one.timeline],
        "meanings": [entry.en for entry in one.timeline],
        "anomalies": [
            {"rule": a.rule, "state": a.state, "severity": a.severity, "opened_at": rfc3339(a.deadline)}
            for a in told.anomalies
        ],
        "words": {a.rule: _words(told, a) for a in told.anomalies},
        "details": one.details,
        "goods": [asdict(line) for line in one.goods],
        "numbers": {kind: list(values) for kind, values in one.numbers.items()},
        "granted": list(one.granted),
        "aliases": told.aliases,
        "commands": {
            command.rpartition(OF)[2]: result.outcome for command, result in told.declaration.ledger.results.items()
        },
    }


LANGUAGES: tuple[Language, ...] = ("en", "zh")


def _words(told: ToldDeclaration, anomaly: Anomaly) -> dict[str, str]:
    return {language: told.words(anomaly, default_tables(), language) for language in LANGUAGES}


def _particulars(stated: tuple[Particular, ...]) -> list[dict[str, Any]]:
    """Without what is empty, so that an expectation says what is there."""
    return [
        {name: value for name, value in msgspec.to_builtins(each).items() if value not in ("", None)} for each in stated
    ]


def _refusals(story: Story, expected: list[dict[str, str]]) -> list[str]:
    reasons = {refused.name: refused.reason for refused in story.refused}
    if sorted(reasons) != sorted(one["name"] for one in expected):
        return [f"refused: {reasons}, expected {expected}"]
    return [
        f"{one['name']} refused because {reasons[one['name']]!r}, expected {one['reason_contains']!r}"
        for one in expected
        if one["reason_contains"] not in reasons[one["name"]]
    ]
