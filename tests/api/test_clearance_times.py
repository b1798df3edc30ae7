"""`GET /v1/clearance-times`: the figures are those of the declarations, and say what is not in them."""

from statistics import fmean, median, quantiles

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.client import Client
from tests.api.system import System
from tests.helpers.arrivals import MONDAY, receipt, unified
from tests.helpers.extent import examples

from clearance.events.values.buckets import QUANTILES_WITHIN

SHARED = [HealthCheck.function_scoped_fixture]


def within(seconds: float) -> object:
    """A median or p90 as the answer may have it."""
    return pytest.approx(seconds, rel=QUANTILES_WITHIN)


def span(client: Client, name: str, asked: str = "") -> list[dict[str, object]]:
    found = client.get(f"/v1/clearance-times{asked}").json()["spans"]
    return [one for one in found if one["span"]["code"] == name]


@settings(max_examples=examples(30), deadline=None, suppress_health_check=SHARED)
@given(minutes=st.lists(st.integers(0, 3000), min_size=1, max_size=25))
def test_quantiles_are_those_of_the_lengths(client: Client, system: System, minutes: list[int]) -> None:
    system.start_anew()
    for number, length in enumerate(minutes):
        system.take([receipt("L", seq=unified(number)), receipt("P", length, seq=unified(number))])
    seconds = [length * 60.0 for length in minutes]
    [one] = span(client, "release")
    assert one["n"] == len(seconds)
    assert one["mean_seconds"] == pytest.approx(fmean(seconds))
    assert one["median_seconds"] == within(median(seconds))
    p90 = quantiles(seconds, n=10, method="inclusive")[8] if len(seconds) > 1 else seconds[0]
    assert one["p90_seconds"] == within(p90)


def test_open_spans_are_counted_and_never_averaged(client: Client, system: System) -> None:
    system.take([receipt("L", seq=unified(1)), receipt("P", 30, seq=unified(1))])
    system.take(
        [receipt("L", 60, seq=unified(2)), receipt("L", 120, seq=unified(3)), receipt("L", 180, seq=unified(4))]
    )
    system.pass_time(MONDAY.replace(hour=10))
    [one] = span(client, "release")
    assert (one["n"], one["unfinished"], one["left_out"]) == (1, 3, 0)
    assert one["median_seconds"] == within(1800)
    assert one["unfinished_median_age_seconds"] == 7 * 3600
    assert client.get("/v1/clearance-times").json()["ages_at"] == "2026-03-02T10:00:00Z"


def test_a_span_that_will_not_end_is_left_out_and_counted(client: Client, system: System) -> None:
    system.take([receipt("L", seq=unified(1)), receipt("E", 30, seq=unified(1))])
    [one] = span(client, "release")
    assert (one["n"], one["unfinished"], one["left_out"]) == (0, 0, 1)
    assert one["median_seconds"] is None


def test_times_are_grouped_by_the_dimensions_asked_for(client: Client, system: System) -> None:
    system.take([receipt("L", seq=unified(1)), receipt("P", 10, seq=unified(1))])
    system.take(
        [receipt("L", seq=unified(2, "I"), office="3101"), receipt("P", 20, seq=unified(2, "I"), office="3101")]
    )
    system.take([receipt("L", seq=unified(3), mode="5"), receipt("P", 30, seq=unified(3), mode="5")])
    found = span(client, "release", "?by=office&by=direction")
    assert [(one["by"], one["n"]) for one in found] == [
        ({"office": "2901", "direction": "export"}, 2),
        ({"office": "3101", "direction": "import"}, 1),
    ]
    found = span(client, "release", "?by=transport_mode")
    medians = {one["by"]["transport_mode"]: one["median_seconds"] for one in found}  # type: ignore[index]
    assert medians == {"sea": within(900), "air": within(1800)}
    [whole] = span(client, "release", "?by=authority")
    assert (whole["by"], whole["n"]) == ({"authority": "cn"}, 3)


def test_a_period_holds_the_spans_that_began_in_it(client: Client, system: System) -> None:
    system.take([receipt("L", seq=unified(1)), receipt("P", 200, seq=unified(1))])
    system.take([receipt("L", 120, seq=unified(2)), receipt("P", 130, seq=unified(2))])
    [first] = span(client, "release", "?began_before=2026-03-02T02:00:00Z")
    [second] = span(client, "release", "?began_from=2026-03-02T02:00:00Z")
    assert (first["median_seconds"], second["median_seconds"]) == (within(200 * 60), within(10 * 60))


def test_the_figures_say_that_they_are_provisional(client: Client) -> None:
    body = client.get("/v1/clearance-times", headers={"Accept-Language": "zh"}).json()
    assert (body["provisional"], body["quantiles_within"]) == (True, QUANTILES_WITHIN)
    assert body["note"].startswith("暂定")
    assert body["spans"] == []


def test_a_number_that_led_to_another_counts_once(client: Client, system: System) -> None:
    system.play("entry-number-first")
    [one] = span(client, "review")
    assert one["n"] == 1
