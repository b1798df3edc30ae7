"""Topic cards: one YAML file says who writes a topic, who reads it, what stands in it and how it is kept.

A card that is broken is refused, naming the file: `InvalidCard("topics/declaration-events.yaml: writers: …")`.
"""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

TOPICS = Path(__file__).parent / "topics"
SCHEMAS = Path(__file__).parent / "schemas"

Process = Literal["edge", "tracker", "projector", "api", "rebuild", "simulator", "cli", "analyst"]
Text = Annotated[str, Field(min_length=1)]
TopicName = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=80)]
KebabCase = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
HeaderName = Annotated[str, Field(pattern=r"^(ce_[a-z]+|[a-z]+(-[a-z]+)*)$")]

WEEK_MS = 7 * 24 * 60 * 60 * 1000
UNTIL_PURGE = -1
HEADROOM = 65_536
"""Bytes in a dead letter for headers, reason and record, beside the value in base64."""


class InvalidCard(ValueError):
    """A card cannot be used; the text names the file and what to mend."""


class Part(BaseModel):
    """A part of a card; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Key(Part):
    """What the record key is; records of one key keep their order."""

    is_: Literal["declaration-id", "partition", "name"] = Field(alias="is")
    note: Text


class Header(Part):
    """One record header, UTF-8. `kinds` limits it to records of these kinds; empty: all."""

    name: HeaderName
    meaning: Text
    required: bool
    kinds: tuple[KebabCase, ...] = ()


class Content(Part):
    """What a record value is. `kind` is the value of the header `kind`, where a topic holds several sorts. Where they
    are CloudEvents, `ce_dataschema` tells them apart, and `kind` only names them. Either `schema` names a file in
    `schemas/`, or `raw` says what the bytes are."""

    kind: KebabCase | None = None
    schema_: str = Field("", alias="schema", pattern=r"^([a-z-]+\.v[1-9][0-9]*)?$")
    raw: str = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.schema_) == bool(self.raw):
            raise ValueError("give either a schema or, for raw bytes, what they are")
        return self


class Card(Part):
    """One topic. Durations are milliseconds, sizes bytes, as Kafka wants them; `retention_ms` -1 means until purge.

    `compression_type` is how the broker keeps records; `producer`: as whoever wrote them compressed them."""

    name: TopicName
    description: Text
    writers: Annotated[tuple[Process, ...], Field(min_length=1)]
    readers: Annotated[tuple[Process, ...], Field(min_length=1)]
    key: Key
    headers: tuple[Header, ...]
    schemas: Annotated[tuple[Content, ...], Field(min_length=1)]
    partitions: int = Field(ge=1, le=1000)
    cleanup_policy: Literal["delete", "compact"]
    retention_ms: int | None = Field(None, ge=UNTIL_PURGE)
    min_compaction_lag_ms: int | None = Field(None, ge=0)
    max_message_bytes: int = Field(ge=1024)
    compression_type: Literal["producer", "uncompressed", "gzip", "lz4", "snappy", "zstd"]
    dlq: TopicName | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The values of the header `kind`; empty if the topic holds one sort only."""
        return tuple(content.kind for content in self.schemas if content.kind)

    @model_validator(mode="after")
    def _kept(self) -> Self:
        if self.cleanup_policy == "delete" and (
            self.retention_ms in (None, 0) or self.min_compaction_lag_ms is not None
        ):
            raise ValueError("cleanup_policy delete takes a retention_ms, and no min_compaction_lag_ms")
        if self.cleanup_policy == "compact" and (self.retention_ms is not None or self.min_compaction_lag_ms is None):
            raise ValueError("cleanup_policy compact takes a min_compaction_lag_ms, and no retention_ms")
        lag = self.min_compaction_lag_ms
        if lag is not None and lag < WEEK_MS and self.key.is_ == "declaration-id":
            raise ValueError(
                "min_compaction_lag_ms of states is at least 7 days: a paused worker may still write old ones"
            )
        return self

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        for what, names in {
            "writers": self.writers,
            "readers": self.readers,
            "headers": [header.name for header in self.headers],
            "schemas": [content.kind for content in self.schemas],
        }.items():
            if twice := [name for name, count in Counter(names).items() if count > 1]:
                raise ValueError(f"{what}: {twice[0]} stands twice")
        by_header = any(header.name in ("kind", "ce_dataschema") and header.required for header in self.headers)
        if len(self.schemas) > 1 and not (by_header and all(content.kind for content in self.schemas)):
            raise ValueError("several schemas need a required header `kind`, and each a kind of its own")
        if unknown := {kind for header in self.headers for kind in header.kinds} - {*self.kinds}:
            raise ValueError(f"headers: {sorted(unknown)} is no kind of this topic")
        return self


def load_cards(folder: Path = TOPICS, schemas: Path = SCHEMAS) -> dict[str, Card]:
    """All cards by topic name, checked by themselves and against each other. Raises `InvalidCard`."""
    cards = {path.stem: _read(path, schemas) for path in sorted(folder.glob("*.yaml"))}
    if not cards:
        raise InvalidCard(f"{folder}: holds no card")
    for name, card in cards.items():
        if problem := _against_others(card, cards):
            raise InvalidCard(f"{folder / name}.yaml: {problem}")
    return cards


def _read(path: Path, schemas: Path) -> Card:
    try:
        card = Card.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidCard(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "card"
        raise InvalidCard(f"{path}: {where}: {first['msg']}") from error
    if card.name != path.stem:
        raise InvalidCard(f"{path}: name: the file is named {path.stem}, the topic {card.name}")
    for content in card.schemas:
        if content.schema_ and not (schemas / f"{content.schema_}.schema.json").is_file():
            raise InvalidCard(f"{path}: schemas: {content.schema_}.schema.json is not in {schemas}")
    return card


def _against_others(card: Card, cards: dict[str, Card]) -> str:
    """What is wrong between this card and the others; "" if nothing."""
    usual = Counter(one.partitions for one in cards.values()).most_common(1)[0][0]
    if card.key.is_ == "name":
        return "" if card.partitions == 1 else "partitions: what is kept by name is for all partitions, and has one"
    if card.partitions != usual:
        return (
            f"partitions: {card.partitions}, but the other topics have {usual}: outputs stay in their input's partition"
        )
    if card.name.endswith("-dlq") and cards.get(card.name.removesuffix("-dlq"), card).dlq != card.name:
        return f"name: no topic names {card.name} as its dlq"
    if card.dlq is None:
        return ""
    if card.dlq != f"{card.name}-dlq":
        return f"dlq: must be {card.name}-dlq"
    dlq = cards.get(card.dlq)
    if dlq is None:
        return f"dlq: {card.dlq} has no card"
    if dlq.max_message_bytes < (needed := card.max_message_bytes * 4 // 3 + HEADROOM):
        return f"dlq: max_message_bytes of {card.dlq} must be at least {needed}: base64, headers, the reason"
    return "" if dlq.key.is_ == card.key.is_ else f"dlq: {card.dlq} has another key"


@cache
def topics() -> dict[str, Card]:
    """The cards that ship with the package, by topic name."""
    return load_cards()


def topic(name: str) -> Card:
    """The card of one topic. Raises `KeyError` that names the topics there are."""
    if name not in topics():
        raise KeyError(f"no topic {name!r}; there are {', '.join(topics())}")
    return topics()[name]
