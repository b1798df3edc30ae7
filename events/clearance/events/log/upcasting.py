"""Records of earlier versions, brought up to ours; one of a later version is refused. The one place for both.

A version that is committed only ever grows, so most changes need nothing here: a field that is new has a default. What
a change does need is one function from the value of a version to that of the next, in `UPCASTERS`. The surprise: a
later version is no bad input. Left out, its fact would be missing from the fold for ever; so whoever meets one stops.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

What = Literal["input", "status", "event", "progress"]
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

VERSIONS: Mapping[What, int] = {"input": 1, "status": 1, "event": 1, "progress": 1}
"""What this version writes, and reads at most."""
UPCASTERS: Mapping[tuple[What, int], Upcaster] = {}
"""From the version in the key to the next one. A version without an entry reads as the next one does."""


class NewerVersion(Exception):
    """A record was written by a later version. The text says which, and what to do."""

    def __init__(self, what: What, version: int, ours: int) -> None:
        super().__init__(
            f"{what} of schema version {version}, and this version of clearance reads up to {ours}: it was written by "
            "a newer version; upgrade this process first (docs/upgrading.md), nothing is lost"
        )


class Stated(Struct, frozen=True):
    """Of a JSON value: the version that it states."""

    schema_version: int = 1


_STATED = msgspec.json.Decoder(Stated)


def check_version(what: What, version: int, versions: Mapping[What, int] = VERSIONS) -> None:
    """Raises `NewerVersion` for a record that only a later version can read."""
    if version > versions[what]:
        raise NewerVersion(what, version, versions[what])


def brought_up(
    what: What,
    version: int,
    value: bytes,
    versions: Mapping[What, int] = VERSIONS,
    upcasters: Mapping[tuple[What, int], Upcaster] = UPCASTERS,
) -> bytes:
    """A JSON value as our version would have written it. Raises `NewerVersion`, and `msgspec.DecodeError`."""
    check_version(what, version, versions)
    steps = [upcasters[what, number] for number in range(version, versions[what]) if (what, number) in upcasters]
    if not steps:
        return value
    held = msgspec.json.decode(value)
    for step in steps:
        held = step(held)
    return msgspec.json.encode(held)


def up_to_date(what: What, value: bytes) -> bytes:
    """`brought_up` for a value that states its version. Raises `NewerVersion`, and `msgspec.DecodeError`."""
    return brought_up(what, _STATED.decode(value).schema_version, value)
