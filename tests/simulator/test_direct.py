"""What is told without messages is what the codecs read out of the messages, and follows as fast as many are needed."""

from datetime import timedelta
from itertools import islice

import pytest
from msgspec.structs import replace

from clearance.events.log.inputs import Message
from clearance.events.receipts.routing import route
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables
from clearance.simulator.arrivals import arrival
from clearance.simulator.conditions import Conditions
from clearance.simulator.direct import attributes, inputs, told
from clearance.simulator.life import Life, Post
from clearance.simulator.traffic import MONDAY, lives
from clearance.simulator.world import field

TABLES = default_tables()


def read(life: Life, post: Post) -> tuple[tuple[str, Message], ...]:
    """The same by way of the bytes."""
    came = arrival(life, post)
    try:
        children = route(came.data, TABLES, authority=came.authority, sender=came.organisation, hints=came.hints)
    except InvalidMessage:
        return ()
    return tuple(
        (child.declaration, Message(at=came.at, receipts=child.receipts, message_id="", organisation=came.organisation))
        for child in children
    )


def without_id(given: object) -> object:
    return replace(given, message_id="") if isinstance(given, Message) else given


def test_receipts_are_those_that_the_codecs_read() -> None:
    some = islice(lives(2, MONDAY, conditions=Conditions(field(), 2, MONDAY)), 400)
    for life in some:
        for post in life.posts:
            if post.plan is None:
                assert [(key, without_id(one)) for key, one in inputs(life, post, TABLES)] == list(read(life, post))


def test_a_second_copy_has_the_id_of_the_first_and_no_other_message_has() -> None:
    some = islice(lives(2, MONDAY, conditions=Conditions(field(), 2, MONDAY)), 400)
    ids: dict[tuple[str, str], list[str]] = {}
    for life in some:
        for post in life.posts:
            for key, one in inputs(life, post, TABLES):
                if isinstance(one, Message):
                    ids.setdefault((key, one.message_id), []).append(post.name.removesuffix("-again"))
    assert any(len(names) > 1 for names in ids.values())
    assert all(len(set(names)) == 1 for names in ids.values())


def test_it_tells_whole_lives_in_the_order_of_reception() -> None:
    conditions = Conditions(field(), 1, MONDAY)
    all_told = list(told(1, MONDAY, 300, conditions=conditions))
    assert [one.at for one in all_told] == sorted(one.at for one in all_told)
    assert len({one.life.name for one in all_told}) == 300
    assert len(all_told) == sum(len(life.posts) for life in {one.life.name: one.life for one in all_told}.values())


def test_attributes_are_what_outages_befall() -> None:
    known = {attributes(one.life.cargo) for one in told(1, MONDAY, 300, conditions=Conditions(field(), 1, MONDAY))}
    assert {one.office for one in known} >= {"3101", "2901"}
    assert len({one.chapter for one in known if one.authority == "cn"}) > 10
    assert {(one.office, one.chapter) for one in known if one.authority == "uk"} == {("", "")}


@pytest.mark.soak
def test_fifty_thousand_declarations_are_told_in_two_minutes_of_processor_time() -> None:
    from time import process_time

    begun = process_time()
    conditions = Conditions(field(), 101, MONDAY)
    messages = sum(1 for _ in told(101, MONDAY, 50_000, declarations_per_day=50_000 / 30, conditions=conditions))
    assert messages > 300_000
    assert timedelta(seconds=process_time() - begun) < timedelta(minutes=2)
