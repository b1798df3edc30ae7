"""The AsyncAPI 3 document of the topics, drawn from their cards; the schemas stay in their own files.

Committed as `docs/api/asyncapi.yaml` by `docs/api/draw.py`.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from clearance.contracts import examples
from clearance.contracts.cards import Card, Content

Json = dict[str, Any]
FROM_DOCS = "../../contracts/clearance/contracts/schemas/"
SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
SHOWN = 1
"""Examples of each message that the document repeats; all lie in `contracts/clearance/contracts/examples/`."""
ABOUT = (
    "What clearance's processes say to each other over Kafka. `declaration-inputs` is the log from which all else is "
    "derived. Values are JSON by the schemas named here; what an authority sent is its bytes, as they came. Keys "
    "decide the partition, by murmur2. Delivery is at least once: a reader applies what is newer than what it holds."
)
LICENCE = {"name": "Apache-2.0"}


class _Plain(yaml.SafeDumper):
    """Without anchors: what stands twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def drawn(cards: Mapping[str, Card], version: str) -> Json:
    """The whole document."""
    messages = {_name(card, content): _message(card, content) for card in cards.values() for content in card.schemas}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "clearance topics",
            "version": version,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": "127.0.0.1:9092", "protocol": "kafka"}},
        "channels": {card.name: _channel(card) for card in cards.values()},
        "operations": {name: one for card in cards.values() for name, one in _operations(card).items()},
        "components": {"messages": messages},
    }


def as_text(document: Json) -> str:
    text: str = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
    return "# Drawn by docs/api/draw.py from the cards; not to be edited.\n" + text


def _name(card: Card, content: Content) -> str:
    """Of a message: its topic, and its kind where the topic holds several."""
    return f"{card.name}.{content.kind}" if content.kind else card.name


def _channel(card: Card) -> Json:
    kept = {
        "cleanup.policy": [card.cleanup_policy],
        "max.message.bytes": card.max_message_bytes,
        "compression.type": card.compression_type,
    }
    if card.retention_ms is not None:
        kept["retention.ms"] = card.retention_ms
    names = [_name(card, content) for content in card.schemas]
    return {
        "address": card.name,
        "description": card.description.strip(),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "partitions": card.partitions,
                "topicConfiguration": kept,
                "bindingVersion": "0.5.0",
            }
        },
        **({"x-min-compaction-lag-ms": card.min_compaction_lag_ms} if card.min_compaction_lag_ms is not None else {}),
        **({"x-dead-letters": card.dlq} if card.dlq else {}),
    }


def _operations(card: Card) -> dict[str, Json]:
    """Who writes and who reads; one operation for each process."""
    channel = {"$ref": f"#/channels/{card.name}"}
    found: dict[str, Json] = {}
    for action, processes in (("send", card.writers), ("receive", card.readers)):
        for process in processes:
            does = "writes" if action == "send" else "reads"
            found[f"{process}-{does}-{card.name}"] = {"action": action, "channel": channel, "tags": [{"name": process}]}
    return found


def _message(card: Card, content: Content) -> Json:
    message: Json = {"name": _name(card, content), "summary": content.raw or f"Value by {content.schema_}."}
    message["headers"] = _headers(card, content)
    if content.schema_:
        reference = {"$ref": f"{FROM_DOCS}{content.schema_}.schema.json"}
        message["payload"] = {"schemaFormat": SCHEMA_FORMAT, "schema": reference}
        shown = [one for one in examples(content.schema_) if not one.error][:SHOWN]
        message["examples"] = [{"name": one.name, "payload": one.value} for one in shown]
    else:
        message["contentType"] = "application/octet-stream"
    message["bindings"] = {"kafka": {"key": _key(card, content), "bindingVersion": "0.5.0"}}
    return message


def _key(card: Card, content: Content) -> Json:
    return {"type": "string", "description": f"{card.key.is_}: {card.key.note.strip()}"}


def _headers(card: Card, content: Content) -> Json:
    """The headers of this sort of record, as the schema of an object."""
    here = [one for one in card.headers if not one.kinds or content.kind in one.kinds]
    properties = {one.name: {"type": "string", "description": one.meaning.strip()} for one in here}
    if content.kind and "kind" in properties:
        properties["kind"]["const"] = content.kind
    return {"type": "object", "required": [one.name for one in here if one.required], "properties": properties}
