"""The start-up check of Faust, and which partitions are fetched from where."""

import asyncio
import inspect
from collections import deque
from collections.abc import Iterator
from typing import Any

import faust
import faust.streams
import pytest
from faust.transport.drivers import aiokafka as driver

from clearance.kafka.unreadable import UnreadableBatch
from clearance.stages import batching
from clearance.stages.batching import PRIVATE, App, Consumer, ConsumerThread, UnfitFaust, check, new_app


def test_the_installed_faust_is_the_one_that_this_was_written_for() -> None:
    check()


def test_another_version_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faust, "__version__", "0.16.0")
    with pytest.raises(UnfitFaust, match=rf"0\.16\.0 is installed, .* of {batching.WRITTEN_FOR}: install that version"):
        check()


@pytest.mark.parametrize(("owner", "name"), PRIVATE, ids=lambda one: getattr(one, "__name__", one))
def test_a_private_name_that_is_gone_is_refused(owner: type, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for holder in (base for base in owner.__mro__ if name in vars(base)):
        monkeypatch.delattr(holder, name)
    with pytest.raises(UnfitFaust, match=rf"lacks .*\.{name}.*: install {batching.WRITTEN_FOR}"):
        check()


def test_a_build_without_the_compiled_iterator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faust.streams, "_CStreamIterator", None)
    with pytest.raises(UnfitFaust, match=r"no compiled stream iterator.*unset NO_CYTHON"):
        check()


def test_every_private_method_that_is_overridden_is_checked() -> None:
    checked = {name for _, name in PRIVATE}
    theirs_by_ours = (
        (ConsumerThread, driver.AIOKafkaConsumerThread),
        (Consumer, driver.Consumer),
        (App, faust.App),
    )
    for ours, theirs in theirs_by_ours:
        methods = {name for name, one in vars(ours).items() if inspect.isfunction(one) and hasattr(theirs, name)}
        assert {name for name in methods if name.startswith("_") and name != "__init__"} <= checked


def test_a_fetch_takes_as_many_records_of_each_partition_as_may_be_folded_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = {place: deque(range(count)) for place, count in (("a", 5), ("b", 3), ("c", 0), ("d", 9))}

    async def fetched(_: Any, __: Any, places: set[str], ___: Any, most: int) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place in sorted(places):
            took = [there[place].popleft() for _ in range(min(most, len(there[place])))]
            found |= {place: took} if took else {}
            most -= len(took)
        return found

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetched)
    thread: Any = object.__new__(ConsumerThread)
    got = asyncio.run(thread._fetch_records(None, {"a", "b", "c", "d"}, 1.0, 4))
    assert {place: len(records) for place, records in got.items() if records} == {"a": 4, "b": 3, "d": 4}
    assert got["d"] == [0, 1, 2, 3], "in their order"
    assert {place: len(records) for place, records in there.items()} == {"a": 1, "b": 0, "c": 0, "d": 5}


@pytest.fixture
def app() -> Iterator[App]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield new_app("tests", "127.0.0.1:1", session_seconds=10.0, batch_records=100, instance="")
    asyncio.set_event_loop(None)
    loop.close()


def test_a_partition_is_closed_until_it_is_opened_with_where_to_start(app: App) -> None:
    assert not app.may_fetch(3)
    app.open(3, 42)
    assert app.may_fetch(3)
    assert app.starts == {3: 42}
    app.close_all()
    assert not app.may_fetch(3)
    assert app.starts == {}


def test_no_more_than_two_batches_of_a_partition_are_in_flight(app: App) -> None:
    app.open(3, 0)
    app.open(4, 0)
    app.in_flight[3] += 2
    assert (app.may_fetch(3), app.may_fetch(4)) == (False, True)
    app.done(3)
    assert app.may_fetch(3)


def test_batches_that_are_done_are_not_counted_below_zero(app: App) -> None:
    """After a rebalance nothing is in flight, and a batch from before may still be told done."""
    app.open(3, 0)
    app.in_flight[3] += 1
    app.close_all()
    app.done(3)
    app.done(3)
    assert not app.in_flight
    app.open(3, 0)
    assert app.may_fetch(3)


def test_what_is_in_flight_of_a_closed_partition_belongs_to_an_opening_that_is_over(app: App) -> None:
    app.open(3, 0)
    opening = app.openings[3]
    assert app.is_open(3, opening)
    app.close(3)
    assert (app.may_fetch(3), app.is_open(3, opening), app.starts) == (False, False, {})
    app.open(3, 7)
    assert (app.may_fetch(3), app.is_open(3, opening), app.starts) == (True, False, {3: 7})


def test_a_partition_that_is_held_is_open_and_not_fetched(app: App) -> None:
    told: list[UnreadableBatch] = []
    app.unreadable = told.append
    app.open(3, 0)
    app.hold(error := UnreadableBatch("inputs", 3, 5, OSError()))
    assert told == [error]
    assert (app.may_fetch(3), app.is_open(3, app.openings[3])) == (False, True)
    app.read_on(3, 9)
    assert (app.may_fetch(3), app.starts) == (True, {3: 9})


def test_it_is_set_as_exactness_needs(app: App) -> None:
    conf: Any = app.conf
    assert conf.stream_wait_empty
    assert not conf.topic_allow_declare
    assert conf.agent_supervisor.__name__ == "CrashingSupervisor"
    assert conf.broker_heartbeat_interval < conf.broker_session_timeout / 3
    assert conf.web_enabled is False
    assert conf.consumer_auto_offset_reset == "earliest"


@pytest.mark.parametrize(("instance", "told"), [("", None), ("tracker-1", "tracker-1")])
def test_a_name_that_is_kept_over_restarts_is_told_to_the_group(instance: str, told: str | None) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    named: Any = new_app("tests", "a:1,b:2", session_seconds=10.0, batch_records=100, instance=instance)
    assert named.conf.consumer_group_instance_id == told
    assert [url.host for url in named.conf.broker] == ["a", "b"]
    asyncio.set_event_loop(None)
    loop.close()
