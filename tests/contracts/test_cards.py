"""Topic cards: complete, consistent with each other, and refused by name when they are not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from clearance.contracts import InvalidCard, load_cards, schema_names, topic, topics
from clearance.contracts.cards import TOPICS, WEEK_MS

INPUTS, DLQ, ASIDE = "declaration-inputs", "declaration-inputs-dlq", "inputs-set-aside"
Change = Callable[[dict[str, Any]], object]


def test_the_topics_of_the_design_have_cards() -> None:
    outputs = {"declaration-events", "declaration-status", "tracker-progress", "tracker-expectations"}
    analysts = {name for name in topics() if name.startswith("analyst-")}
    assert {*topics()} == {INPUTS, DLQ, ASIDE, "clearance-epochs"} | outputs | analysts


def test_every_kind_of_input_is_stated() -> None:
    of_the_fold = ("command", "clock", "link", "facts", "backfill-end", "expectations", "related")
    assert topic(INPUTS).kinds == ("message", *of_the_fold, "sealed")


def test_every_schema_stands_on_exactly_one_card() -> None:
    used = [content.schema_ for card in topics().values() for content in card.schemas if content.schema_]
    assert sorted(used) == schema_names()


def test_states_survive_a_paused_worker() -> None:
    lag = topic("declaration-status").min_compaction_lag_ms
    assert lag is not None
    assert lag >= WEEK_MS


def test_dead_letters_are_kept_30_days_and_inputs_until_purge() -> None:
    assert topic(DLQ).retention_ms == 30 * 24 * 3600 * 1000
    assert topic(INPUTS).retention_ms == -1


def test_outputs_of_the_tracker_have_no_other_writer() -> None:
    for name in ("declaration-events", "declaration-status", "tracker-progress"):
        assert topic(name).writers == ("tracker",)


def test_what_a_person_has_set_aside_is_kept_and_read_by_the_tracker() -> None:
    card = topic(ASIDE)
    assert (card.cleanup_policy, card.writers) == ("compact", ("tracker", "cli"))
    assert "tracker" in card.readers
    assert [content.schema_ for content in card.schemas] == ["set-aside.v1"]


def test_every_input_says_what_it_is() -> None:
    always = {header.name for header in topic(INPUTS).headers if header.required and not header.kinds}
    assert always == {"kind", "schema-version"}
    but_seals = {
        header.name for header in topic(INPUTS).headers if {*header.kinds} == {*topic(INPUTS).kinds} - {"sealed"}
    }
    assert but_seals == {"received-at", "message-id"}


def test_unknown_topic_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="there are analyst-filings, analyst-incidents"):
        topic("declarations")


def copied(folder: Path, changed: str, change: Change) -> Path:
    """The shipped cards in `folder`, one of them changed."""
    for path in TOPICS.glob("*.yaml"):
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.stem == changed:
            change(card)
        (folder / path.name).write_text(yaml.safe_dump(card, allow_unicode=True), encoding="utf-8")
    return folder


BROKEN: dict[str, tuple[str, Change, str]] = {
    "unknown key": (INPUTS, lambda card: card.update(owner="nobody"), "owner: Extra inputs are not permitted"),
    "unknown process": (INPUTS, lambda card: card.update(writers=["tracer"]), "writers.0: Input should be 'edge'"),
    "no reader": (DLQ, lambda card: card.update(readers=[]), "readers: Tuple should have at least 1 item"),
    "no description": (DLQ, lambda card: card.update(description=""), "description: String should have at least"),
    "not kebab-case": (DLQ, lambda card: card.update(name="declaration_inputs"), "name: String should match pattern"),
    "name of another file": (DLQ, lambda card: card.update(name="inputs-dlq"), "the file is named"),
    "other partition count": (
        "declaration-status",
        lambda card: card.update(partitions=6),
        "partitions: 6, but the other topics have 12",
    ),
    "unknown schema": (
        DLQ,
        lambda card: card.update(schemas=[{"schema": "dead-mail.v1"}]),
        "dead-mail.v1.schema.json is not in",
    ),
    "schema and raw bytes": (
        DLQ,
        lambda card: card.update(schemas=[{"schema": "dead-letter.v1", "raw": "bytes"}]),
        "either a schema or",
    ),
    "kind twice": (INPUTS, lambda card: card["schemas"].append(card["schemas"][1]), "schemas: command stands twice"),
    "header twice": (INPUTS, lambda card: card["headers"].append(card["headers"][0]), "headers: kind stands twice"),
    "header of no kind": (
        INPUTS,
        lambda card: card["headers"][4].update(kinds=["letter"]),
        "['letter'] is no kind of this topic",
    ),
    "several schemas without the header": (INPUTS, lambda card: card["headers"].pop(0), "need a required header"),
    "compacted without a lag": (
        "declaration-status",
        lambda card: card.pop("min_compaction_lag_ms"),
        "compact takes a min_compaction_lag_ms",
    ),
    "compacted too soon": (
        "declaration-status",
        lambda card: card.update(min_compaction_lag_ms=WEEK_MS - 1),
        "at least 7 days",
    ),
    "compacted with a retention": (
        "declaration-status",
        lambda card: card.update(retention_ms=1),
        "compact takes a min_compaction_lag_ms, and no retention_ms",
    ),
    "deleted at once": (DLQ, lambda card: card.update(retention_ms=0), "delete takes a retention_ms"),
    "dead letters do not fit": (
        INPUTS,
        lambda card: card.update(max_message_bytes=2_000_000),
        "max_message_bytes of declaration-inputs-dlq must be at least",
    ),
    "dead letters by another name": (
        "declaration-events",
        lambda card: card.update(dlq=DLQ),
        "dlq: must be declaration-events-dlq",
    ),
    "dead letters go nowhere": (
        "declaration-events",
        lambda card: card.update(dlq="declaration-events-dlq"),
        "dlq: declaration-events-dlq has no card",
    ),
    "dead letters of nobody": (INPUTS, lambda card: card.pop("dlq"), "no topic names declaration-inputs-dlq"),
    "dead letters by another key": (
        DLQ,
        lambda card: card.update(key={"is": "partition", "note": "none"}),
        "declaration-inputs-dlq has another key",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_card_is_refused_by_name(what: str, tmp_path: Path) -> None:
    changed, change, reason = BROKEN[what]
    with pytest.raises(InvalidCard, match=re.escape(reason)) as caught:
        load_cards(copied(tmp_path, changed, change))
    assert re.search(r"declaration-[a-z-]+\.yaml: ", str(caught.value))


@pytest.mark.parametrize("data", [b"name: [", b"\xff\xfe", b"- a list"], ids=["no yaml", "no text", "no mapping"])
def test_unreadable_card_is_refused_by_name(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_bytes(data)
    with pytest.raises(InvalidCard, match=r"odd\.yaml: "):
        load_cards(tmp_path)


def test_folder_without_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidCard, match="holds no card"):
        load_cards(tmp_path)
