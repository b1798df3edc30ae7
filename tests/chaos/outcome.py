"""What came of a run: one line of the results."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from clearance.testing.oracle import Findings, Truth

from .faults import Faults
from .incidents import Counted
from .judging import NotAtRest, Told
from .users import Users

IN_FLIGHT = 0.8
"""The share of kills that must fall while a batch is in flight."""
SHOWN = 20
"""Texts of each sort of finding that a line keeps."""


@dataclass(frozen=True)
class Verdict:
    """What the oracle says of a run, or why it says nothing: nobody can judge a log that is still being folded."""

    truth: Truth = field(default_factory=Truth)
    found: Findings = field(default_factory=Findings)
    not_judged: str = ""
    told: Told = field(default_factory=Told)

    @classmethod
    def of(cls, late: NotAtRest) -> "Verdict":
        """Of a log that is not at rest: what stands still is lost."""
        return cls(not_judged=str(late)) if late.too_slow else cls(found=Findings(lost=[str(late)]))


class Outcome(Struct, frozen=True):
    """`kills_in_flight` fell between a fetch and its acknowledgement. `inputs` by kind, messages by format. `ends` are
    those of processes that were not killed: exit code and last words. `texts` say what is red. Of a run that was
    `not_judged`, and why not, nothing was compared. `parts` are what analysts told of days; `incidents` how
    many opened, grew and closed; `notices` what people were told of these."""

    seed: int
    seconds: float
    faults: dict[str, int]
    kills_in_flight: int
    inputs: dict[str, int]
    events: int
    states: int
    dead_letters: int
    copies: int
    stale: int
    compacted: int
    commands: int
    answers: dict[str, int]
    ends: dict[str, int]
    lost: int
    wrong: int
    gaps: int
    unasked: int
    unexplained: int
    parts: int
    incidents: Counted
    notices: int
    texts: tuple[str, ...]
    not_judged: str = ""

    @property
    def red(self) -> tuple[str, ...]:
        """What is not as it must be, in words."""
        kills = self.faults.get("kill", 0) + self.faults.get("analyst", 0)
        missed = f"only {self.kills_in_flight} of {kills} kills fell while a batch was in flight"
        return (*self.texts, *([missed] if self.kills_in_flight < IN_FLIGHT * kills else []))


def outcome(
    seed: int,
    seconds: float,
    faults: Faults,
    users: Users,
    verdict: Verdict,
    unexplained: list[str],
) -> Outcome:
    """Everything that is known of a run, counted."""
    truth, found = verdict.truth, verdict.found
    sorts: Mapping[str, list[str]] = {
        "lost": found.lost,
        "wrong": found.wrong,
        "gaps": found.gaps,
        "unasked": found.unasked,
        "unexplained": unexplained,
    }
    ends: Counter[str] = sum((process.ends for process in faults.system.processes), Counter())
    counted: Any = {sort: len(texts) for sort, texts in sorts.items()}
    return Outcome(
        seed=seed,
        seconds=round(seconds, 1),
        faults=dict(faults.done),
        kills_in_flight=faults.in_flight,
        inputs=dict(truth.kinds),
        events=found.events,
        states=found.states,
        dead_letters=found.dead,
        copies=found.copies,
        stale=found.stale,
        compacted=found.compacted,
        commands=len(users.taken),
        parts=verdict.told.parts,
        incidents=verdict.told.incidents,
        notices=verdict.told.notices,
        answers=dict(users.answers),
        ends=dict(ends),
        **counted,
        texts=tuple(f"{sort}: {text}" for sort, texts in sorts.items() for text in texts[:SHOWN]),
        not_judged=verdict.not_judged,
    )
