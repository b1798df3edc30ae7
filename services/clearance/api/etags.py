"""ETags of declarations: made of the version of the state and of what is done to show it; no body is hashed.

The surprise: the id is in it too. A number may lead to another declaration tomorrow, at whatever version that one is.
So is the viewer: what one may see of a state another may not.
"""

import json
import re
from functools import cache
from hashlib import sha256

from clearance.api.models import Declaration, TransportPlan
from clearance.api.words import Language, pairs
from clearance.events.learning.expectations import Expectations
from clearance.store.rows import Stored
from clearance.store.viewer import Viewer

VERSION = re.compile(r'(?:W/)?"(\d+)\.(\d+)\.\d+\.([^"]*)"')
TAG = re.compile(r'(?:W/)?"[^"]*"')


def etag(
    row: Stored,
    language: Language,
    viewer: Viewer,
    table: Expectations | None,
    stale: bool = False,
    is_seen: bool = True,
    named: frozenset[str] = frozenset(),
) -> str:
    """`"epoch.src.table.xxxxxxxx-language"`; what is registered and not seen yet counts its versions by itself. `table`
    is the version of the one that its silence is told by, 0 of what has none; `named` are the others that it names to
    the viewer."""
    version = table.version if table and row.open and row.since else 0
    marks = (
        f"{' stale' if stale else ''}{'' if is_seen else ' registered'}{''.join(f' {one}' for one in sorted(named))}"
    )
    shown = sha256(f"{_shape()} {row.id}{viewer.mark}{marks}".encode()).hexdigest()[:8]
    return f'"{row.epoch}.{row.src}.{version}.{shown}-{language}"'


def plan_etag(plan: TransportPlan) -> str:
    """Strong: of what the plan says, whoever asks and in whatever language."""
    return f'"{sha256(plan.model_dump_json().encode()).hexdigest()[:16]}"'


@cache
def _shape() -> str:
    """A digest of how states are shown: the fields and the words. A release that shows them otherwise has another."""
    shape = json.dumps([Declaration.model_json_schema(), sorted(pairs().items())], ensure_ascii=True)
    return sha256(shape.encode()).hexdigest()


def held(named_by_client: list[str], tag: str) -> str:
    """The tag as the client holds it, "" if it does not; by RFC 9110 §13.1.2: compared weakly, `*` holds any."""
    named = ", ".join(named_by_client)
    if named.strip() == "*":
        return tag
    return next((one for one in TAG.findall(named) if one.removeprefix("W/") == tag), "")


def is_behind(named_by_client: list[str], tag: str) -> bool:
    """Whether the client holds a later version of what the tag is of: another replica has read further than this one.
    Of another epoch nothing is said, since one may go back to an earlier one."""
    [(epoch, src, shown)] = VERSION.findall(tag)
    named = VERSION.findall(", ".join(named_by_client))
    return any((one, what) == (epoch, shown) and int(version) > int(src) for one, version, what in named)
