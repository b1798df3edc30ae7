"""Operations asked for by a program: refusals are errors with one line, and whoever asks may leave all as it is."""

import asyncio
from typing import Any

import pytest
from tests.edge.log import records
from tests.operations.written import MESSAGE, PARTITION, progress, put

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.names import BASE
from clearance.kafka.places import Place
from clearance.kafka.wire import outgoing_input
from clearance.operations import epoch_switch
from clearance.operations.dead_letters import LetterChoice, choose_letters
from clearance.operations.errors import OperationRefused
from clearance.operations.readers import parse_place, read_place
from clearance.operations.set_aside_input import set_aside_input

INPUT = Place(BASE.inputs, PARTITION, 0)


class Unsure(Exception):
    """Whoever was asked wants nothing changed."""


def no_question(_: Any) -> None:
    """Whoever asks is sure."""


def unsure(_: Any) -> None:
    raise Unsure


def test_an_input_is_set_aside_without_a_question(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, outgoing_input(MESSAGE))
    asyncio.run(set_aside_input(embedded_broker.bootstrap, INPUT, "issue 81", no_question))
    (line,) = records(embedded_broker.bootstrap, BASE.set_aside)
    assert line.key == f"{PARTITION}:0".encode()


def test_nothing_is_written_for_who_is_unsure(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, outgoing_input(MESSAGE))
    with pytest.raises(Unsure):
        asyncio.run(set_aside_input(embedded_broker.bootstrap, INPUT, "issue 81", unsure))
    assert not records(embedded_broker.bootstrap, BASE.set_aside)


def test_what_cannot_be_set_aside_is_refused_before_the_question(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, outgoing_input(MESSAGE))
    put(embedded_broker.bootstrap, BASE.progress, PARTITION, progress(0))
    for place, reason in (
        (INPUT, f"has been folded: partition {PARTITION} is at 0"),
        (INPUT._replace(offset=7), "there is no such record; it holds 0 to 0"),
        (INPUT._replace(topic=BASE.dead_letters), "an input lies in declaration-inputs"),
    ):
        with pytest.raises(OperationRefused, match=reason):
            asyncio.run(set_aside_input(embedded_broker.bootstrap, place, "issue 81", unsure))


def test_what_is_no_dead_letter_is_left_out_and_named(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.dead_letters, 3, outgoing_input(MESSAGE))
    chosen = asyncio.run(choose_letters(embedded_broker.bootstrap, LetterChoice()))
    assert chosen.letters == []
    assert [line.partition(" is no dead letter")[0] for line in chosen.left_out] == [f"{BASE.dead_letters}:3:0"]


def test_a_record_is_found_by_its_place_as_people_write_it(embedded_broker: EmbeddedBroker) -> None:
    put(embedded_broker.bootstrap, BASE.inputs, PARTITION, outgoing_input(MESSAGE))
    assert asyncio.run(read_place(embedded_broker.bootstrap, parse_place(str(INPUT)))).value == MESSAGE.value
    with pytest.raises(OperationRefused, match="is no place"):
        parse_place("nothing:1:2")


def test_there_is_no_way_back_before_a_switch(embedded_broker: EmbeddedBroker) -> None:
    with pytest.raises(OperationRefused, match="there was no switch yet"):
        asyncio.run(epoch_switch.prepare_way_back(embedded_broker.bootstrap, "sqlite://"))
    with pytest.raises(OperationRefused, match="epoch 0 is answered from"):
        asyncio.run(epoch_switch.prepare_retirement(embedded_broker.bootstrap, 0))
    with pytest.raises(OperationRefused, match="there is no epoch 7"):
        asyncio.run(epoch_switch.prepare_retirement(embedded_broker.bootstrap, 7))
