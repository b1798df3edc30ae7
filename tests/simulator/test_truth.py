"""What the simulator says must follow, follows, and nothing else: held against the fold."""

from collections import Counter

import pytest
from tests.simulator.folded import Folded

from clearance.settings.tables import default_tables
from clearance.simulator.figures import Figures, default_figures
from clearance.simulator.traffic import whole_lives
from clearance.simulator.world import field

FIGURES = default_figures()


def test_every_labelled_anomaly_opens_and_no_other(folded: Folded) -> None:
    assert folded.opened.keys() == folded.expected.keys()


def test_labels_hold_in_the_field_too(in_field: Folded) -> None:
    assert in_field.opened.keys() == in_field.expected.keys()
    assert {one.name for one in in_field.replay.refused} == in_field.labelled("refused")


def test_a_declaration_without_a_label_has_no_anomaly(folded: Folded) -> None:
    labelled = {label.about for label in folded.labels}
    clean = folded.declarations - labelled
    assert len(clean) > len(folded.declarations) / 2
    assert [name for name in clean if folded.replay.declarations[name].ledger.anomalies] == []


def test_anomalies_that_are_no_longer_found_are_closed_and_the_others_stay_open(folded: Folded) -> None:
    levels = Counter((about, rule) for about, rule, _ in folded.expected)
    single = {key: label for key, label in folded.expected.items() if levels[key[:2]] == 1}
    open_ones = {key for key in single if folded.opened[key].state == "open"}
    assert open_ones == {key for key, label in single.items() if label.until is None}


def test_spoiled_messages_are_refused_and_no_others(folded: Folded) -> None:
    assert {one.name for one in folded.replay.refused} == folded.labelled("refused") != set()


def test_repeated_messages_change_nothing_and_all_others_do(folded: Folded) -> None:
    assert set(folded.replay.duplicates) == folded.labelled("duplicate") != set()


def test_dropped_messages_never_come(folded: Folded) -> None:
    dropped = {label.about for label in folded.labels if label.done == "drop" and not label.follows}
    assert dropped
    assert dropped.isdisjoint(one.arrival.name for one in folded.happenings)


def test_every_filing_becomes_one_declaration_of_its_own(folded: Folded) -> None:
    assert folded.replay.declarations.keys() == folded.declarations


def test_every_rule_is_set_off_within_a_few_hundred_lives(folded: Folded) -> None:
    found = {rule for _, rule, _ in folded.expected}
    not_simulated = {"A16", "A21", "A31", "A32"}  # one receipt id twice, contradicting numbers, two steps, vessels
    not_simulated |= {"A22", "A23"}  # clocks that are wrong, a number of two declarations
    not_simulated |= {"A33"}  # filed twice, which the analyst says, and it does not run here
    raised = {rule for rule, row in default_tables().rules.items() if row.raised}
    british = {"A28", "A29", "A30"}  # refused requests and balances, which the simulated authority does not send
    rare = {"A14"}  # an amendment without result for four weeks
    assert found >= raised - not_simulated - british - rare


def test_lives_end_in_many_ways(folded: Folded) -> None:
    ends = {view.status for view in folded.replay.views.values()}
    assert ends >= {"closed", "released", "exited", "rejected", "deleted", "withdrawn", "received", "submitted"}


def only(scenario: str, faults: float) -> Figures:
    """Figures by which every life is of one kind, whatever its direction, and faults are common."""
    kind = field().figures.scenarios[scenario].model_copy(update={"inspected": False, "direction": None})
    common = {
        name: getattr(FIGURES.faults, name).model_copy(update={"share": faults})
        for name in type(FIGURES.faults).model_fields
    }
    return FIGURES.model_copy(
        update={
            "scenarios": {scenario: kind},
            "credit": {name: one.model_copy(update={"inspected": 0}) for name, one in FIGURES.credit.items()},
            "authorities": {kind.authority: FIGURES.authorities[kind.authority]},
            "faults": FIGURES.faults.model_copy(update=common),
        }
    )


@pytest.mark.parametrize("scenario", field().figures.scenarios)
def test_it_knows_what_follows_from_each_scenario_with_faults(scenario: str) -> None:
    folded = Folded(*whole_lives(seed=11, count=40, figures=only(scenario, faults=0.06)))
    assert folded.opened.keys() == folded.expected.keys()
    assert {one.name for one in folded.replay.refused} == folded.labelled("refused")
    assert set(folded.replay.duplicates) == folded.labelled("duplicate")
