"""What is counted by day and group is what the spans say, and the answers are those of the sorted values."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import fmean, median, quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from tests.helpers.extent import examples

from clearance.events.values.buckets import QUANTILES_WITHIN, bucket, middle
from clearance.store import bulk, schema
from clearance.store.connect import writing
from clearance.store.derived import Row
from clearance.store.reader import reading
from clearance.store.rows import Times
from clearance.store.tallies import DIMENSIONS, Tally, between, decode, encode
from clearance.store.tally_writes import NAMES, tally
from clearance.store.viewer import EVERYBODY

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 24 * 5
CUTS = [None, 0, 11, 13, 24, 36, 61]
"""Hours after the first day began at which a period is cut."""


def made(chance: random.Random, count: int) -> list[Row]:
    """Spans of a few groups, ended, open and given up; some begin on the stroke of a day."""
    return [
        {
            "declaration": str(number),
            "span": chance.choice(("review", "release")),
            "begun_at": FIRST + timedelta(hours=chance.choice((0, 24, 36, chance.uniform(0, HOURS)))),
            "seconds": chance.choice((None, 0.0, 1e-6, chance.lognormvariate(9, 2))),
            "open": chance.random() < 0.6,
            "authority": "cn",
            "office": chance.choice(("2901", "3101")),
            "direction": chance.choice(("", "export")),
            "transport_mode": "sea",
        }
        for number in range(count)
    ]


def filled(engine: Engine, rows: list[Row], chance: random.Random) -> None:
    """In batches; of some rows there was another one before."""
    with writing(engine) as connection:
        for start in range(0, len(rows), 70):
            some = rows[start : start + 70]
            before = [{**chance.choice(rows), "declaration": row["declaration"]} for row in some[::3]]
            tally(connection, [], before)
            tally(connection, before, some)
            bulk.insert(connection, schema.spans, some)


def cut(hours: int | None) -> datetime | None:
    return None if hours is None else FIRST + timedelta(hours=hours)


@pytest.mark.parametrize("by", [[], ["office"], list(DIMENSIONS)], ids=len)
def test_every_period_has_the_figures_of_its_spans(engine: Engine, by: list[str]) -> None:
    chance = random.Random(3)  # noqa: S311 # no secret
    rows = made(chance, 300)
    filled(engine, rows, chance)
    with reading(engine, EVERYBODY) as reader:
        for since in CUTS:
            for until in CUTS:
                found = reader.clearance_times(by, cut(since), cut(until))
                assert_alike(found, rows_of(rows, cut(since), cut(until)), by)


def rows_of(rows: list[Row], since: datetime | None, until: datetime | None) -> list[Row]:
    return [
        row
        for row in rows
        if (since is None or row["begun_at"] >= since) and (until is None or row["begun_at"] < until)
    ]


def assert_alike(found: list[Times], rows: list[Row], by: list[str]) -> None:
    groups = defaultdict(list)
    for row in rows:
        groups[(row["span"], *(row[name] for name in by))].append(row)
    assert [(one.span, *one.group) for one in found] == sorted(groups)
    for one in found:
        group = groups[(one.span, *one.group)]
        ended = [row["seconds"] for row in group if row["seconds"] is not None]
        running = [row["begun_at"].timestamp() for row in group if row["seconds"] is None and row["open"]]
        assert (one.n, one.open, one.left_out) == (len(ended), len(running), len(group) - len(ended) - len(running))
        if ended:
            exact = [median(ended), quantiles(ended, n=10, method="inclusive")[8] if len(ended) > 1 else ended[0]]
            assert [one.median, one.p90] == pytest.approx(exact, rel=QUANTILES_WITHIN, abs=1e-6)
            assert one.mean == pytest.approx(fmean(ended), abs=1e-6)
        if running:
            assert one.open_since is not None
            assert 0 <= median(running) - one.open_since.timestamp() < 60


def test_nothing_is_left_of_what_is_taken_back(engine: Engine) -> None:
    chance = random.Random(4)  # noqa: S311 # no secret
    rows = made(chance, 200)
    with writing(engine) as connection:
        tally(connection, [], rows)
        tally(connection, rows[:50], [])
        tally(connection, rows[50:], rows[:10])
        tally(connection, rows[:10], [])
        assert connection.execute(select(schema.tallies)).all() == []


@settings(max_examples=examples(200))
@given(lengths=st.lists(st.integers(0, 10**14), min_size=1, max_size=30))
def test_a_bucket_holds_what_is_within_a_hundredth(lengths: list[int]) -> None:
    for length in lengths:
        assert middle(bucket(length)) == pytest.approx(length, rel=QUANTILES_WITHIN)
    in_order = [bucket(length) for length in sorted(lengths)]
    assert in_order == sorted(in_order)


@settings(max_examples=examples(200))
@given(values=st.lists(st.integers(0, 40), max_size=30), share=st.sampled_from([(1, 2), (9, 10), (0, 1), (1, 1)]))
def test_a_quantile_lies_where_percentile_cont_has_it(values: list[int], share: tuple[int, int]) -> None:
    counts = {value: values.count(value) for value in values}
    found = between(counts, share)
    if not values:
        assert found is None
        return
    assert found is not None
    at = (len(values) - 1) * share[0] / share[1]
    low, rest = sorted(values)[int(at)], at - int(at)
    high = sorted(values)[min(int(at) + 1, len(values) - 1)]
    assert found[0] + (found[1] - found[0]) * found[2] == pytest.approx(low + (high - low) * rest)


def test_equal_tallies_are_written_alike() -> None:
    one, other = Tally(), Tally()
    one.count_ended([5, 70], 1)
    other.count_ended([70, 900, 5], 1)
    other.count_ended([900], -1)
    assert encode(one) == encode(other)
    assert decode(encode(one)) == one
    assert tuple(column.name for column in schema.tallies.primary_key) == NAMES
