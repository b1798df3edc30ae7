"""What the metrics say of the store and of lag."""

from threading import Event

from clearance.kafka.names import BASE
from clearance.projector import gauges
from clearance.projector.counted import WAIT_SECONDS, Counted
from clearance.settings.clock import monotonic
from clearance.settings.tables import default_tables
from clearance.store.totals import Totals


def test_a_declaration_without_an_office_has_a_label_too() -> None:
    found = gauges.standing(
        Totals({("received", "2901", True): 3, ("released", "", False): 2}, {}, 0), default_tables()
    )
    assert found == {("received", "2901", "true"): 3, ("released", "none", "false"): 2}


def test_whatever_messages_call_their_office_the_labels_are_those_of_a_table() -> None:
    named = {("received", f"{number:04}", True): 1 for number in range(10_000)}
    made_up = {("received", f"made up {number}", True): 1 for number in range(600)}
    found = gauges.standing(Totals({**named, **made_up}, {}, 0), default_tables())
    assert {office for _, office, _ in found} == {*default_tables().offices, "other"}
    assert found["received", "29", "true"] == 99, "of a hundred of the district one has a name of its own"
    assert sum(found.values()) == 10_600


def test_lag_is_what_lies_behind_the_positions() -> None:
    ends = {(BASE.events, 0): 10, (BASE.events, 1): 9, (BASE.status, 0): 4}
    found = gauges.behind({(BASE.events, 0): 7, (BASE.events, 1): 9, (BASE.status, 0): 4}, ends)
    assert found == {BASE.events: 3, BASE.status: 0}


def test_a_count_that_takes_long_holds_no_scrape_up_and_shows_how_old_it_is() -> None:
    first, release = Totals({}, {}, 1), Event()

    def count() -> Totals:
        if counted.totals is None:
            return first
        assert release.wait(30)
        return Totals({}, {}, 2)

    counted = Counted(count)
    counted.look()
    assert counted.totals == first
    counted._next, begun = 0.0, monotonic()
    for _ in range(3):
        counted.look()
    assert monotonic() - begun < WAIT_SECONDS + 2, "one waits, and only for a while"
    assert counted.totals == first
    release.set()
    assert counted._thread is not None
    counted._thread.join(30)
    assert counted.totals == Totals({}, {}, 2)
