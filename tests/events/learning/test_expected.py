"""What a table answers, and what of a table is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from clearance.events.learning.cohorts import Key, Stay, chain
from clearance.events.learning.expectations import (
    LONGEST_NAME,
    MOST_COHORTS,
    SHARES,
    Expectations,
    InvalidExpectations,
    Learned,
    decode_expectations,
    encode_expectations,
)
from clearance.events.learning.expected import Expected, ended_by, expected, probability_of_ending
from clearance.events.learning.sketch import Sketch, bucket_of
from clearance.events.learning.survival import survival
from clearance.events.values.buckets import middle

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
STAY = Stay("reviewed", "cn", "2901", "export", "sea", "night", NOW)
OFFICE = ("reviewed", "cn", "2901", "export", "*", "*")
CHINA = ("reviewed", "cn", "*", "*", "*", "*")
LEARNED = Learned(
    size=60, percentile=0.96, overdue_after_seconds=36000, curve_seconds=tuple(range(1800, 1800 * 22, 1800))
)
TABLE = Expectations(7, NOW, {OFFICE: LEARNED, CHINA: replace(LEARNED, size=900, overdue_after_seconds=7200)})


def asked(configured: timedelta, table: Expectations | None = TABLE, stay: Stay = STAY) -> Expected:
    return expected(stay, configured, chain(), table)


def test_the_most_specific_cohort_answers_with_its_size_and_the_version() -> None:
    assert asked(HOUR) == Expected(NOW + 10 * HOUR, 0.96, OFFICE, 60, 7)
    assert asked(HOUR, stay=STAY._replace(office="2902")) == Expected(NOW + 2 * HOUR, 0.96, CHINA, 900, 7)


def test_nothing_is_overdue_before_the_configured_time() -> None:
    known = asked(10.25 * HOUR)
    assert known._replace(percentile=None) == Expected(NOW + 10.25 * HOUR, None, OFFICE, 60, 7)
    assert known.percentile == pytest.approx(0.9825)


def test_the_configured_time_counts_where_nothing_was_learned() -> None:
    assert asked(HOUR, table=None) == Expected(NOW + HOUR, None, (), 0, 0)
    assert asked(HOUR, stay=STAY._replace(status="lodged")) == Expected(NOW + HOUR, None, (), 0, 7)
    unknown = Expectations(8, NOW, {OFFICE: replace(LEARNED, overdue_after_seconds=None)})
    assert asked(HOUR, unknown) == Expected(NOW + HOUR, None, OFFICE, 60, 8)


def test_the_share_that_has_ended_rises_from_nothing_to_the_last_that_is_known() -> None:
    lengths = [one * HOUR / 4 for one in range(60)]
    known = [ended_by(LEARNED, length) for length in lengths]
    assert known == sorted(known)
    assert (known[0], known[1], known[2], known[-1]) == (0.0, 0.025, 0.05, SHARES[-1])
    assert ended_by(replace(LEARNED, curve_seconds=()), HOUR) == 0.0


def test_one_that_has_run_longer_is_the_likelier_to_miss_the_cut_off_that_is_as_far() -> None:
    assert probability_of_ending(LEARNED, timedelta(), 5 * HOUR) == pytest.approx(0.5)
    assert probability_of_ending(LEARNED, 5 * HOUR, 7.5 * HOUR) == pytest.approx(0.5)
    assert probability_of_ending(LEARNED, 5 * HOUR, 4 * HOUR) == 0.0
    assert probability_of_ending(LEARNED, 11 * HOUR, 12 * HOUR) is None
    assert probability_of_ending(replace(LEARNED, curve_seconds=()), HOUR, 2 * HOUR) is None


@given(st.lists(st.floats(0.1, 100), min_size=50, max_size=150), st.floats(0, 120))
def test_the_curve_is_near_all_that_is_known(hours: list[float], asked_hours: float) -> None:
    held = Sketch()
    for one in hours:
        held.count_ended(bucket_of(one * HOUR))
    whole = survival(held.ended, {})
    points = [whole.quantile(share) for share in SHARES]
    learned = replace(LEARNED, curve_seconds=tuple(round(middle(one) / 1e6) for one in points if one is not None))
    shorter, longer = (1 - whole.after(round(asked_hours * 3.6e9 * factor)) for factor in (0.98, 1.02))
    assert shorter - 0.051 <= ended_by(learned, asked_hours * HOUR) <= longer + 0.051


def test_a_table_comes_back_as_it_was_written() -> None:
    data = encode_expectations(TABLE)
    assert decode_expectations(data) == TABLE
    turned = Expectations(7, NOW, dict(reversed(TABLE.cohorts.items())))
    assert encode_expectations(turned) == data


WRONG = {
    "version 0": Expectations(0, NOW, {}),
    "must count from 1, and name a zone": Expectations(1, NOW.replace(tzinfo=None), {}),
    "must be named by status, authority": Expectations(1, NOW, {("reviewed", "cn"): LEARNED}),
    "is longer than 24": Expectations(1, NOW, {("x" * (LONGEST_NAME + 1), *CHINA[1:]): LEARNED}),
    "cohort reviewed cn 2901 export * *: size 49 is below 50": Expectations(
        1, NOW, {OFFICE: replace(LEARNED, size=49)}
    ),
    "percentile 1.2 lies outside": Expectations(1, NOW, {OFFICE: replace(LEARNED, percentile=1.2)}),
    "overdue_after_seconds is negative": Expectations(1, NOW, {OFFICE: replace(LEARNED, overdue_after_seconds=-1)}),
    "curve_seconds must rise from 0": Expectations(1, NOW, {OFFICE: replace(LEARNED, curve_seconds=(5, 4))}),
    "for the 21 shares at most": Expectations(1, NOW, {OFFICE: replace(LEARNED, curve_seconds=(1,) * 22)}),
    "2001 cohorts; at most": Expectations(1, NOW, {(str(one), *CHINA[1:]): LEARNED for one in range(MOST_COHORTS + 1)}),
}


@pytest.mark.parametrize("reason", WRONG)
def test_a_table_that_is_wrong_is_neither_written_nor_read(reason: str) -> None:
    with pytest.raises(InvalidExpectations, match=reason.replace("*", r"\*")):
        encode_expectations(WRONG[reason])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "no table of expectations"),
        (b'{"version":1}', "no table of expectations: .*as_of"),
        (encode_expectations(TABLE).replace(b"0.96", b"7.00"), "percentile 7.0 lies outside"),
        (encode_expectations(TABLE).replace(b'"2901","export"', b'"*","*"'), "a cohort stands in it twice"),
    ],
)
def test_bytes_that_are_wrong_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidExpectations, match=reason):
        decode_expectations(data)


def test_the_largest_table_fits_into_a_record_of_the_log() -> None:
    learned = replace(
        LEARNED, size=10**7, percentile=1 / 3, overdue_after_seconds=10**8, curve_seconds=(10**8,) * len(SHARES)
    )
    names = [f"{one:0{LONGEST_NAME}}" for one in range(MOST_COHORTS)]
    cohorts: dict[Key, Learned] = {
        (name, "authority", "office123", "export", "other", "afternoon"): learned for name in names
    }
    assert len(encode_expectations(Expectations(10**6, NOW, cohorts))) < 1 << 20
