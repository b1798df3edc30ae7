"""What a card asks of a topic in Kafka's own words, and what is wrong with one that is otherwise. Pure.

Two sorts of settings. `policies` are the card's and are verified for ever; `tuning` is only given to a topic at its
creation, for whoever runs the broker to change. The surprise: without tuning nothing of `tracker-progress` would be
compacted for a week, because Kafka never compacts the segment that it writes to.
"""

from collections.abc import Mapping

from clearance.contracts.cards import UNTIL_PURGE, Card

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
LIMIT = "max.message.bytes"
SEALED_BYTES = 100
"""The limit of a log that takes nothing but a seal. A seal alone in a batch has fewer bytes, any other input more,
however compressed: the digest of its value alone has 32."""
TIMES, BY_BROKER, BY_WRITER = "message.timestamp.type", "LogAppendTime", "CreateTime"
"""Whose time a record gets. That of its writer only while a backup is restored, so that each keeps its own."""


def policies(card: Card) -> dict[str, str]:
    """The topic's settings that the card speaks of."""
    asked = {
        "cleanup.policy": card.cleanup_policy,
        "retention.ms": card.retention_ms,
        "min.compaction.lag.ms": card.min_compaction_lag_ms,
        LIMIT: card.max_message_bytes,
        "compression.type": card.compression_type,
        TIMES: BY_BROKER,
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def tuning(card: Card) -> dict[str, str]:
    """Further settings of a new topic: how soon a compacted one is compacted."""
    if card.cleanup_policy != "compact":
        return {}
    segment_ms = min(max(10 * MINUTE_MS, (card.min_compaction_lag_ms or 0) // 7), DAY_MS)
    return {"segment.ms": str(segment_ms), "min.cleanable.dirty.ratio": "0.1"}


def kept(card: Card) -> str:
    """How long the topic's records are kept, in words."""
    if card.cleanup_policy == "compact":
        lag = f", after {card.min_compaction_lag_ms // DAY_MS} days" if card.min_compaction_lag_ms else ""
        return f"the last of each key{lag}"
    return "until purge" if card.retention_ms == UNTIL_PURGE else f"{(card.retention_ms or 0) // DAY_MS} days"


def problems(card: Card, partitions: int, found: Mapping[str, str], bootstrap: str) -> tuple[str, ...]:
    """What is wrong with a topic, each with what to do; empty if it is as the card says.

    `found` holds its settings by name; empty where they cannot be read, and then only the partitions are looked at.
    """
    wrong = [] if partitions == card.partitions else [_wrong_partitions(card, partitions, bootstrap)]
    if other := differing(policies(card), found):
        wrong.append(_wrong_policies(card, other, bootstrap))
    return tuple(wrong)


def differing(asked: Mapping[str, str], found: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """By name, the settings that were found to be otherwise: what they are, and what is asked for."""
    return {name: (found[name], value) for name, value in asked.items() if name in found and found[name] != value}


def is_half_restored(differing: Mapping[str, tuple[str, str]]) -> bool:
    """Whether a topic differs as a restore leaves one that was cut off. One that somebody made differs in more."""
    return {*differing} == {TIMES} and differing[TIMES][0] == BY_WRITER


def is_sealed(differing: Mapping[str, tuple[str, str]]) -> bool:
    """Whether a topic differs as the inputs of a log that is being moved."""
    return {*differing} == {LIMIT} and differing[LIMIT][0] == str(SEALED_BYTES)


def _wrong_partitions(card: Card, partitions: int, bootstrap: str) -> str:
    return (
        f"has {partitions} partitions, its card says {card.partitions}. They cannot be changed in place: declarations "
        "would move to other partitions and lose their order. Use another cluster; or, if nothing in the topic is "
        f"needed, delete it (kafka-topics.sh --bootstrap-server {bootstrap} --delete --topic {card.name}) and run "
        "`clearance topics` again"
    )


def _wrong_policies(card: Card, values: Mapping[str, tuple[str, str]], bootstrap: str) -> str:
    if is_half_restored(values):
        return f"{TIMES} is {BY_WRITER}: a restore was cut off, or still runs; `clearance restore` again ends it"
    if is_sealed(values):
        return "is sealed, as the log is being moved: `clearance move show` tells of it, `clearance move start` ends it"
    differ = ", ".join(f"{name} is {found}, its card says {asked}" for name, (found, asked) in values.items())
    config = ",".join(f"{name}={asked}" for name, (_, asked) in values.items())
    return (
        f"{differ}. Change it if nobody relies on it: kafka-configs.sh --bootstrap-server {bootstrap} "
        f"--alter --entity-type topics --entity-name {card.name} --add-config {config}"
    )
