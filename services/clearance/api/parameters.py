"""What a request may carry, and the checks on it: each refusal names the parameter and says how it is written."""

import re
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import unquote

from fastapi import Header, Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from clearance.access.registrations import Kind
from clearance.api.invalid_values import unfit
from clearance.api.waiting import LONGEST
from clearance.contracts.models.base import Column
from clearance.events.anomalies.ledger import AnomalyState
from clearance.events.standing.statements import LONGEST_ASSIGNEE
from clearance.events.tables.durations import Severity
from clearance.events.values.times import bounded
from clearance.settings.tables import default_tables

LONGEST_MARK = 80
"""Characters of an own reference or label."""
LONGEST_NUMBER = 200
"""Characters; no declaration id is longer."""
BLANKS = " \t\xa0\u3000"
MOST = 500
"""Rows on one page."""
TEXT = {"type": "string"}
BLANK_FOR_PLUS = re.compile(r"\d \d\d:?\d\d$")
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]+$"
"""What JSON Schema can say of it; further characters that cannot be printed are refused, too."""
COMMAND_ID = r"^[A-Za-z0-9._~-]{1,100}$"


def _decoded(value: object) -> object:
    """A path parameter as it was before it was percent-encoded. Raises `ValueError` for what is no UTF-8."""
    try:
        return unquote(value, errors="strict") if isinstance(value, str) else value
    except UnicodeDecodeError as error:
        raise unfit("not_utf8") from error


def _stripped(value: object) -> object:
    return value.strip(BLANKS) if isinstance(value, str) else value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise unfit("not_printable")
    return value


def _bare(value: object) -> object:
    """An id in quotes is the same id: the IETF draft of the header writes it so."""
    quoted = isinstance(value, str) and len(value) > 2 and value[0] == value[-1] == '"'
    return value[1:-1] if isinstance(value, str) and quoted else value


def _instant(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise unfit("time_no_text")
    if BLANK_FOR_PLUS.search(value):
        raise unfit("time_blank_for_plus")
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise unfit("not_a_time") from None
    try:
        return bounded(time, value)
    except ValueError:
        raise unfit("outside_century" if time.tzinfo else "no_zone", given=value[:40]) from None


def _rule(value: str) -> str:
    if value not in default_tables().rules:
        raise unfit("one_of", known=", ".join(default_tables().rules))
    return value


_WRITTEN = {"type": "string", "format": "date-time", "pattern": "^20[0-9]{2}-", "examples": ["2026-03-01T09:30:00Z"]}
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema(_WRITTEN)]
"""RFC 3339 with a zone, 2000 to 2099; kept as aware UTC."""

EXAMPLES = ("cn:unified:E20260004010000003", "entry:290120260650000003", "290120260650000003")
Number = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_NUMBER,
        pattern=PRINTABLE,
        description=f"Any number of the declaration: its id (`{EXAMPLES[0]}`), `kind:value` "
        f"(`{EXAMPLES[1]}`), or the bare value. Percent-encoded: a `/` within it is `~1`, as in `links`, or `%2F`. "
        "Blanks around it and full-width letters do not matter, nor does case in numbers that an authority gives.",
        examples=[*EXAMPLES],
    ),
    BeforeValidator(_stripped),
    BeforeValidator(_decoded),
    AfterValidator(_printable),
]
NumberInBody = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_NUMBER, pattern=PRINTABLE),
    BeforeValidator(_stripped),
    AfterValidator(_printable),
]
"""The same where nothing is percent-encoded."""
AnomalyId = Annotated[
    str, Path(pattern="^[0-9a-f]{24}$", description="The id of an anomaly, 24 hex digits."), BeforeValidator(_decoded)
]
IncidentId = Annotated[
    str, Path(pattern="^[0-9a-f]{16}$", description="The id of an incident, 16 hex digits."), BeforeValidator(_decoded)
]
IncidentState = Annotated[
    Literal["open", "closed"] | None, Query(description="Those that are open, or those that closed; without it all.")
]
MessageId = Annotated[
    str,
    Path(pattern="^[0-9a-f]{64}$", description="The id of a message: sha256 of its bytes, 64 hex digits."),
    BeforeValidator(_decoded),
]
CommandId = Annotated[str, Path(pattern=COMMAND_ID, description="The id of a command."), BeforeValidator(_decoded)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=COMMAND_ID,
        description="Your id of this command: sent again with the same id, it takes effect once. Without it one is "
        "made up and returned. May be quoted, as a string of RFC 8941.",
    ),
    BeforeValidator(_bare),
]
Prefer = Annotated[
    str,
    Header(
        max_length=200,
        description=f"`wait=30`: the answer waits for a change, so many seconds, at most {LONGEST} (RFC 7240). With "
        "`If-None-Match`, for changes, or with `min_position` for that.",
    ),
]
AcceptLanguage = Annotated[str, Header(description="The language of words: `zh` or `en`; `en` if neither.")]
IfNoneMatch = Annotated[
    list[str] | None,
    Header(description="ETags that you hold: 304 without a body if one still holds."),
    WithJsonSchema(TEXT),
]
IfMatch = Annotated[
    list[str] | None,
    Header(description="The ETag of the plan that yours is made from: 412 if another was stated since."),
    WithJsonSchema(TEXT),
]

Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows on a page.")]
Format = Annotated[
    Literal["json", "csv", "xlsx"] | None,
    Query(
        description="As a sheet, with all rows and not a page of them; without it as `Accept` says. A declaration that "
        "changes meanwhile may come twice."
    ),
]
Cursor = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern="^[A-Za-z0-9_-]*$",
        description="Where the next page begins: from `next` of the page before.",
    ),
]
Statuses = Annotated[
    list[Annotated[str, Column("status")]], Query(description="Only these statuses; may be given several times.")
]
Groups = Annotated[
    list[Annotated[str, Column("group")]],
    Query(description="Only these groups of statuses; may be given several times."),
]
Office = Annotated[
    str | None,
    Query(max_length=40, description="Only this customs office, as the authority writes it."),
    AfterValidator(lambda value: value if value is None else _printable(value)),
]
Direction = Annotated[Literal["import", "export"] | None, Query(description="Only this direction.")]
InProgress = Annotated[
    bool | None, Query(description="Only declarations of which something is, or is not, still to come.")
]
UpdatedSince = Annotated[
    Instant | None,
    Query(
        description="Only what changed here from then on, by our clock, in the order of change. Keep `next` with each "
        "page, and with the last one `updated_at` of its last row: from there to go on, also after a crash."
    ),
]
States = Annotated[
    list[Literal[AnomalyState, "any"]],
    Query(
        description="Only anomalies in these states; `any` for all. May be given several times. None: only open ones, "
        "or with `updated_since` all, so that closing is told too."
    ),
]
Rules = Annotated[
    list[
        Annotated[
            str, AfterValidator(_rule), WithJsonSchema({"type": "string", "enum": sorted(default_tables().rules)})
        ]
    ],
    Query(description="Only anomalies of these rules; may be given several times."),
]
Rule = Annotated[
    str,
    Path(description="A rule, as `clearance rules` lists them."),
    AfterValidator(_rule),
    WithJsonSchema({"type": "string", "enum": sorted(default_tables().rules)}),
]
Severities = Annotated[list[Severity], Query(description="Only these severities; may be given several times.")]
OpenedSince = Annotated[Instant | None, Query(description="Only anomalies opened from then on.")]
DeclarationFilter = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=LONGEST_NUMBER,
        pattern=PRINTABLE,
        description="Only those of this declaration; any of its numbers.",
    ),
    BeforeValidator(_stripped),
    AfterValidator(lambda value: value if value is None else _printable(value)),
]
Unacknowledged = Annotated[
    bool | None, Query(description="Only anomalies that you have not, or that you have acknowledged.")
]
Assignee = Annotated[
    str | None,
    Query(max_length=LONGEST_ASSIGNEE, description="Only anomalies that you have assigned to this name."),
    AfterValidator(lambda value: value if value is None else _printable(value)),
]
AsOf = Annotated[Instant | None, Query(description="Only receipts whose own time is up to then.")]
KnownAt = Annotated[Instant | None, Query(description="Only receipts that had been received by then.")]
By = Annotated[
    list[Literal["authority", "office", "direction", "transport_mode"]],
    Query(description="The dimensions to group by; may be given several times. None: all together."),
]
BeganFrom = Annotated[Instant | None, Query(description="Only spans that began from then on.")]
BeganBefore = Annotated[Instant | None, Query(description="Only spans that began before then.")]


def statuses_of(status: list[str], group: list[str]) -> tuple[str, ...] | None:
    """The statuses that are asked for, by name and by group; None for all."""
    if not status and not group:
        return None
    rows = default_tables().codes.statuses
    return tuple(
        name for name, row in rows.items() if (not status or name in status) and (not group or row.group in group)
    )


Mark = Annotated[
    str | None,
    Query(max_length=LONGEST_MARK, description="Only those that you have registered with it, letter by letter."),
]


def marks_of(reference: str | None, label: str | None) -> list[tuple[Kind, str]]:
    """Those that are given."""
    given: list[tuple[Kind, str | None]] = [("reference", reference), ("label", label)]
    return [(kind, value) for kind, value in given if value is not None]
