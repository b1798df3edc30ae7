"""Traffic: the same from the same seed, in order, bounded, and worth looking at within a minute."""

import tracemalloc
from collections import Counter
from datetime import timedelta
from itertools import islice, takewhile

import pytest
from tests.simulator.folded import Folded

from clearance.events.partition.replay import Replay
from clearance.events.receipts.formats import parse
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables
from clearance.simulator.figures import default_figures
from clearance.simulator.traffic import MONDAY, Happening, take, traffic

RUN = default_figures().run


def messages(happenings: list[Happening]) -> list[Happening]:
    return [one for one in happenings if one.arrival.kind == "message"]


def receipts(happenings: list[Happening]) -> list[Receipt]:
    spoiled = {label.about for one in happenings for label in one.labels if label.follows == "refused"}
    return [
        receipt
        for one in messages(happenings)
        if one.arrival.name not in spoiled
        for receipt in parse(one.arrival.data, default_tables(), sender=one.arrival.organisation)
    ]


def test_the_same_seed_gives_the_same_bytes_in_the_same_order() -> None:
    assert take(3, 800) == take(3, 800)


def test_another_seed_gives_other_declarations() -> None:
    one, other = ({number for receipt in receipts(take(seed, 1500)) for number in receipt.numbers} for seed in (3, 4))
    assert one
    assert one.isdisjoint(other)


def test_messages_come_in_the_order_of_their_times() -> None:
    times = [one.arrival.at for one in take(5, 3000)]
    assert times == sorted(times)


@pytest.mark.soak
def test_the_endless_traffic_is_the_lives_told_at_once(folded: Folded) -> None:
    last_begun = folded.lives[-1].filed_at
    endless = takewhile(lambda one: one.arrival.at < last_begun, traffic(7, MONDAY))
    assert list(endless) == [one for one in folded.happenings if one.arrival.at < last_begun]


def test_every_arrival_has_a_name_of_its_own(folded: Folded) -> None:
    names = Counter(one.arrival.name for one in folded.happenings)
    assert max(names.values()) == 1


def test_every_message_is_of_the_authority_and_organisation_that_it_says(folded: Folded) -> None:
    figures = default_figures()
    organisations = {one.organisation for one in figures.brokers} | {one.organisation for one in figures.uk_traders}
    assert {one.arrival.organisation for one in folded.happenings} == organisations
    assert {one.arrival.authority for one in folded.happenings} == {"cn", "uk"}


def test_it_speaks_every_format(folded: Folded) -> None:
    found = Counter(receipt.format for receipt in receipts(folded.happenings))
    every = {"DEC_RESULT", "DEC_DATA", "DecImportResponse", "DecMessage", "DxpRep", "RES"}
    assert found.keys() == every | {"DecModMessage", "DecModSaveResponse", "SmartCardFailure"}


def test_brokers_state_plans_that_are_accepted(folded: Folded) -> None:
    stated = [one.arrival for one in folded.happenings if one.arrival.kind == "command"]
    results = [
        state.ledger.results[arrival.statement.key].outcome
        for arrival in stated
        if arrival.statement and (state := folded.replay.declarations[arrival.declaration])
    ]
    assert len(results) > 100
    assert Counter(results)["accepted"] == len(results)


@pytest.mark.soak
def test_memory_holds_open_lives_only() -> None:
    endless = traffic(1, MONDAY, declarations_per_day=50)
    held = []
    tracemalloc.start()
    for _ in range(3):
        Counter(one.life for one in islice(endless, 3000))
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[2] < 1.3 * held[1]


def test_the_first_minute_shows_what_the_product_is_for() -> None:
    until = MONDAY + timedelta(seconds=60 * RUN.speed)
    shown = list(takewhile(lambda one: one.arrival.at < until, traffic(1, MONDAY)))
    replay = Replay(default_tables()).feed(one.arrival for one in shown)
    replay.pass_time(until)
    assert 20 * 60 < len(shown) < 45 * 60
    assert len({receipt.format for receipt in receipts(shown)}) >= 3
    assert len({view.status for view in replay.views.values()}) >= 8
    assert len({rule for state in replay.declarations.values() for rule, _ in state.ledger.open}) >= 5


def test_something_happens_every_other_second_of_the_first_minute() -> None:
    seconds = Counter(int((one.arrival.at - MONDAY).total_seconds() // RUN.speed) for one in take(2, 3000))
    assert min(seconds[second] + seconds[second + 1] for second in range(60)) >= 5


def test_it_goes_on_from_any_moment_as_if_it_had_never_stopped() -> None:
    whole = take(7, 300)
    since = whole[200].arrival.at
    rest = [one for one in whole if one.arrival.at >= since]
    assert list(islice(traffic(7, MONDAY, since=since), len(rest))) == rest
