"""Each epoch has topics of its own, as the cards say; epoch 0 has the names of the cards."""

from dataclasses import astuple

from clearance.contracts import topics
from clearance.kafka.names import BASE, EPOCHS, BaseLog, Names, epoch_of


def test_epoch_0_has_the_names_of_the_cards() -> None:
    assert {*astuple(BASE)[2:], EPOCHS} == {*topics()} == {*BASE.cards()}
    assert BASE.group("readers") == "readers"


def test_a_later_epoch_has_the_same_topics_under_other_names() -> None:
    two, cards = Names.of(2), Names.of(2).cards()
    assert {*astuple(two)[2:]} == {*cards}
    assert (two.inputs, two.group("readers")) == ("declaration-inputs.e2", "readers.e2")
    assert cards[two.inputs].dlq == two.dead_letters
    for name, card in cards.items():
        other = topics()[name.removesuffix(".e2")]
        assert card.model_copy(update={"name": other.name, "dlq": other.dlq}) == other


def test_after_a_move_every_epoch_has_as_many_partitions_as_its_base_log() -> None:
    base = Names.of(3, BaseLog(3, 24))
    later = Names.of(4, base.base)
    assert (base.is_base, later.is_base, later.of_base) == (True, False, base)
    assert base.log == later.log == base.inputs == "declaration-inputs.e3"
    cards = {**base.cards(), **later.cards()}
    assert {card.partitions for card in cards.values() if card.key.is_ != "name"} == {24}
    assert {card.partitions for card in cards.values() if card.key.is_ == "name"} == {1}
    assert (EPOCHS in base.cards(), EPOCHS in later.cards()) == (True, False)
    assert {base.inputs, EPOCHS} <= {*later.relied_on()}


def test_a_topic_tells_its_epoch() -> None:
    assert [epoch_of(name) for name in (BASE.inputs, "declaration-inputs.e12", "nobody's.else", "x.e")] == [0, 12, 0, 0]
