"""Second filings in the field: what must be told by the messages is told, and nothing else; each once, at its time."""

import pytest

from clearance.evaluation.folding import SeedFold
from clearance.evaluation.repeats import with_repeats
from clearance.evaluation.seeds import DAYS, START
from clearance.events.anomalies.repetition import RULE
from clearance.settings.tables import default_tables
from clearance.simulator.conditions import Conditions
from clearance.simulator.direct import told
from clearance.simulator.world import field

SEED, COUNT = 1, 1000


@pytest.mark.soak
def test_every_label_of_a_second_filing_is_raised_and_nothing_else_is() -> None:
    fold, lives = SeedFold(default_tables()), {}
    conditions = Conditions(field(), SEED, START)
    for one in told(SEED, START, COUNT, declarations_per_day=COUNT / DAYS, conditions=conditions):
        lives[one.life.name] = one.life
        fold.take(one)
    labelled = [with_repeats(life) for life in lives.values()]
    labels = {(one.about, one.by) for life in labelled for one in life.labels if one.follows == RULE}
    raised = [(one.about, one.deadline) for one in fold.raised() if one.rule == RULE]
    assert sorted(raised) == sorted(labels)
    assert len(labels) > 2
    assert {about for about, _ in labels} <= {
        trouble.about for life in labelled for trouble in life.troubles if trouble.rule == RULE
    }
