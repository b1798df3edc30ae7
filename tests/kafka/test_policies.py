"""Cards in Kafka's words, and what a wrong topic is told to do."""

import pytest

from clearance.contracts import topic, topics
from clearance.contracts.cards import Card
from clearance.kafka.policies import kept, policies, problems, tuning

AT = "127.0.0.1:9092"
CARDS = [*topics().values()]


def found(card: Card, **other: str) -> dict[str, str]:
    return policies(card) | {name.replace("_", "."): value for name, value in other.items()}


def test_the_log_is_kept_until_a_purge() -> None:
    assert policies(topic("declaration-inputs")) == {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "max.message.bytes": "1114112",
        "message.timestamp.type": "LogAppendTime",
        "compression.type": "producer",
    }
    assert kept(topic("declaration-inputs")) == "until purge"


def test_states_are_compacted_after_a_week() -> None:
    asked = policies(topic("declaration-status"))
    assert (asked["cleanup.policy"], asked["min.compaction.lag.ms"]) == ("compact", "604800000")
    assert "retention.ms" not in asked
    assert kept(topic("declaration-status")) == "the last of each key, after 7 days"
    assert kept(topic("declaration-inputs-dlq")) == "30 days"


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_compacted_topic_closes_its_segments_so_that_compaction_has_something_to_do(card: Card) -> None:
    if card.cleanup_policy == "delete":
        assert tuning(card) == {}
    else:
        assert 600_000 <= int(tuning(card)["segment.ms"]) <= max(600_000, (card.min_compaction_lag_ms or 0) // 7)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_topic_that_is_as_its_card_says_has_no_problem(card: Card) -> None:
    assert problems(card, card.partitions, found(card), AT) == ()
    assert problems(card, card.partitions, found(card, segment_ms="1", flush_ms="7"), AT) == ()


def test_wrong_partitions_are_refused_with_what_to_do() -> None:
    card = topic("declaration-events")
    (problem,) = problems(card, 4, found(card), AT)
    assert problem.startswith("has 4 partitions, its card says 12. They cannot be changed in place")
    assert f"kafka-topics.sh --bootstrap-server {AT} --delete --topic declaration-events" in problem


def test_wrong_policies_are_refused_with_the_command_that_mends_them() -> None:
    card = topic("tracker-progress")
    (problem,) = problems(card, 12, found(card, cleanup_policy="delete", max_message_bytes="1000000"), AT)
    assert problem.startswith("cleanup.policy is delete, its card says compact, max.message.bytes is 1000000")
    assert problem.endswith(
        f"kafka-configs.sh --bootstrap-server {AT} --alter --entity-type topics --entity-name tracker-progress "
        "--add-config cleanup.policy=compact,max.message.bytes=1048576"
    )


def test_a_compression_that_nobody_stated_is_refused_with_the_command_that_mends_it() -> None:
    card = topic("declaration-inputs")
    (problem,) = problems(card, 12, found(card, compression_type="zstd"), AT)
    assert problem.startswith("compression.type is zstd, its card says producer. Change it if nobody relies on it")
    assert problem.endswith("--entity-name declaration-inputs --add-config compression.type=producer")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    card = topic("declaration-inputs")
    assert len(problems(card, 1, found(card, retention_ms="604800000"), AT)) == 2


def test_policies_that_cannot_be_read_are_no_problem() -> None:
    assert problems(topic("declaration-inputs"), 12, {}, AT) == ()
