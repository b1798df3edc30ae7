"""The store knows which log it was made from, where it stands in it, and that nobody else writes."""

import pytest
from sqlalchemy import Engine

from clearance.kafka.names import BASE
from clearance.store.errors import PartlyAnew, StoreError
from clearance.store.positions import Bounds, Log, Resumed, resume
from clearance.store.writes import Writer

from .written import TOPICS, WALL, Written, content, written

WRITTEN = (BASE.events, BASE.status, BASE.progress)
"""What the tracker writes."""
PLACE = (BASE.events, 1)


@pytest.fixture
def log(engine: Engine) -> Written:
    """A log that the store has read to its end."""
    log = written(1)
    writer = Writer(engine, resume(engine, log.log()).positions)
    writer.write(log.batch(writer.positions, log.ends), WALL, frozenset())
    return log


def with_bounds(log: Log, first: int, end: int) -> Log:
    return log._replace(bounds={**log.bounds, PLACE: Bounds(first, end)})


def of_another(log: Log, *topics: str) -> Log:
    return log._replace(topic_ids={**log.topic_ids, **dict.fromkeys(topics, "another")})


def test_a_new_store_begins_where_the_log_begins(engine: Engine) -> None:
    log = with_bounds(written(1).log(), 5, 80)
    assert resume(engine, log) == Resumed({**dict.fromkeys(log.bounds, 0), PLACE: 5}, "", {})


def test_a_store_goes_on_where_it_stands(engine: Engine, log: Written) -> None:
    before = content(engine)
    assert resume(engine, log.log()) == Resumed(log.ends, "", {})
    assert content(engine) == before != {}


@pytest.mark.parametrize(
    ("another", "why"),
    [
        (lambda log: log.log(cluster="other"), "it was made from the Kafka cluster cluster, and this is other"),
        (lambda log: log.log(ids="-again"), f"{' and '.join(sorted(TOPICS))} were made anew since"),
        (lambda log: of_another(log.log(), *WRITTEN), f"{' and '.join(sorted(WRITTEN))} were made anew since"),
        (lambda log: with_bounds(log.log(), 0, 3), "declaration-events:1 ends at 3, and the store had read it up to "),
    ],
)
def test_a_store_of_another_log_is_emptied(engine: Engine, log: Written, another: object, why: str) -> None:
    told: Log = another(log)  # type: ignore[operator]
    resumed = resume(engine, told)
    assert resumed.rebuilt.startswith(why)
    assert resumed.positions == dict.fromkeys(log.ends, 0)
    assert not any(content(engine).values())
    assert resume(engine, told) == Resumed(resumed.positions, "", {})


@pytest.mark.parametrize("topics", [(topic,) for topic in TOPICS] + [(BASE.events, BASE.status)])
def test_a_store_of_topics_of_which_some_were_made_anew_is_left_as_it_is(
    engine: Engine, log: Written, topics: tuple[str, ...]
) -> None:
    """What it holds is nowhere else any more, and what the others hold does not belong to what comes."""
    before, told = content(engine), of_another(log.log(), *topics)
    with pytest.raises(
        PartlyAnew, match=rf"^{' and '.join(topics)} w\w+ deleted and made again, .*projector --rebuild"
    ):
        resume(engine, told)
    assert content(engine) == before
    assert resume(engine, told, rebuild=True).rebuilt == "it was asked for"


def test_the_incidents_of_the_analyst_may_stay_where_they_are(engine: Engine, log: Written) -> None:
    """The tracker does not write them: they are read again with what it has written anew."""
    place, told = (BASE.incidents, 0), log.log()
    told = told._replace(
        topic_ids={**told.topic_ids, BASE.incidents: "incidents"}, bounds={**told.bounds, place: Bounds(0, 3)}
    )
    assert resume(engine, told) == Resumed({**log.ends, place: 0}, "", {})
    resumed = resume(engine, of_another(told, *WRITTEN))
    assert resumed.rebuilt == f"{' and '.join(sorted(WRITTEN))} were made anew since"
    assert resumed.positions == dict.fromkeys(told.bounds, 0)


def test_a_store_is_rebuilt_on_demand_to_what_it_was(engine: Engine, log: Written) -> None:
    before = content(engine)
    resumed = resume(engine, log.log(), rebuild=True)
    assert resumed.rebuilt == "it was asked for"
    assert not any(content(engine).values())
    Writer(engine, resumed.positions).write(log.batch(resumed.positions, log.ends), WALL, frozenset())
    assert content(engine) == before


def test_records_that_are_gone_are_counted_and_passed_over(engine: Engine, log: Written) -> None:
    end = log.ends[PLACE]
    resumed = resume(engine, with_bounds(log.log(), end + 7, end + 9))
    assert resumed == Resumed({**log.ends, PLACE: end + 7}, "", {PLACE: 7})


def test_a_second_projector_is_noticed_and_writes_nothing(engine: Engine, log: Written) -> None:
    more = log.and_then({(BASE.status, 0): log.records[BASE.status, 0][-1:]})
    one, other = (Writer(engine, resume(engine, more.log()).positions) for _ in range(2))
    one.write(more.batch(one.positions, more.ends), WALL, frozenset())
    with pytest.raises(StoreError, match="another projector writes to this store: stop one of them"):
        other.write(more.batch(log.ends, more.ends), WALL, frozenset())
    assert resume(engine, more.log()).positions == more.ends
