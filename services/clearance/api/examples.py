"""Examples for the OpenAPI document: a made-up export, folded and answered by the same code as real ones."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from msgspec.structs import replace
from pydantic import BaseModel

from clearance.access.registrations import Registration
from clearance.api import answers, models
from clearance.api.answers import coded
from clearance.api.bulk_registrations import Row
from clearance.api.bulk_registrations import told as told_of_rows
from clearance.api.clearance_times import shown
from clearance.api.commands import shown as shown_command
from clearance.api.etags import etag
from clearance.api.explanations import Moment, explained
from clearance.api.feed import Change
from clearance.api.incidents import shown as shown_incident
from clearance.api.links import to_declaration, to_grants
from clearance.api.messages import shown as shown_messages
from clearance.api.operations import Alive, Fresh, Ready
from clearance.api.problems import ProblemBody, body
from clearance.api.registered import AWAITING
from clearance.api.registrations import in_list as listed_registration
from clearance.api.registrations import shown as shown_registration
from clearance.api.usual_times import Running
from clearance.api.words import Language, Words
from clearance.events.anomalies.handling import BY_HAND
from clearance.events.learning.expectations import SHARES, Expectations, Learned
from clearance.events.log.inputs import Clock, Message
from clearance.events.partition.partition import Partition
from clearance.events.standing.timeline import entry_of
from clearance.events.standing.view import view
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Changed, Event
from clearance.events.step.state_records import encode_state
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables
from clearance.store.rows import Filed, Outcome, Shared, Stored, Times
from clearance.store.viewer import EVERYBODY

UNIFIED, ENTRY = "E20260004010000003", "290120260650000003"
DECLARATION = f"cn:unified:{UNIFIED}"
BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=3)
COMMAND = "7d0f6a52c1b94e0e8f3a"
MESSAGE = sha256(b"example-7").hexdigest()
TOLD = (
    (0, "7", "直接申报成功"),
    (1, "L", "入库成功！"),
    (8, "J", "海关已接受申报"),
    (3600, "C", "查验通知"),
)
"""Seconds after the beginning, code, the authority's note."""
HELD = "GZ0yKZcPZ1yq1W2fT3qGyrcGnYvRb5Qk"
"""What a client brings back of a batch."""
RUNNING = Running("release", BEGAN, {"authority": "cn", "office": "2901", "direction": "export"})
DETAILS = {"direction": "export", "office": "2901", "transport_mode": "sea", "net_weight_kg": "1200"}

LEARNED = Expectations(
    version=9557,
    as_of=BEGAN.replace(hour=0),
    cohorts={
        ("reviewed", "cn", "2901", "export", "sea", "*"): Learned(
            size=1240,
            percentile=0.962,
            overdue_after_seconds=22_200,
            curve_seconds=tuple(int(22_200 * (share / 0.962) ** 2) for share in SHARES),
        )
    },
)


def example(operation: str, status: str, language: Language) -> dict[str, Any] | None:
    """The body that an operation answers, None for one that is not JSON."""
    answered = _answers(Words(language)).get((operation, status))
    return None if answered is None else answered.model_dump(mode="json")


REGISTERED = Registration(
    organisation="acme",
    declaration=DECLARATION,
    filed_at=BEGAN,
    registered_at=BEGAN,
    changed_at=BEGAN,
    references=("PO-4711",),
    labels=("spring",),
    parties={"trade": {"scc": "91350100M000100Y43"}},
)
BY_MESSAGE = replace(
    REGISTERED,
    declaration="cn:sender-client-seq:my-company/BRK202600000000049",
    references=("BRK202600000000049", "PO-4711"),
    message_id=MESSAGE,
)
REGISTERED_ROWS = [
    Row(2, declaration=DECLARATION, new=True),
    Row(3, reason="number: by its form it is none or several kinds of number; write the kind too"),
]
FILED = Filed(
    declaration=DECLARATION,
    message_id=MESSAGE,
    partition=3,
    offset=1207,
    format="DEC_RESULT",
    size=1468,
    received_at=BEGAN + timedelta(seconds=2),
    organisation="my-company",
    shared=False,
)


def _brought(outcome: str, words: Words) -> models.BroughtMessage:
    """A message that a connection brought, and what became of it."""
    accepted, refused = outcome == "accepted", outcome == "refused"
    return models.BroughtMessage(
        name="Successed_0001.xml",
        message_id=MESSAGE,
        outcome=coded(words, "outcome", outcome),
        reason="the root element HTML is none of a known message" if refused else "",
        declarations=[DECLARATION] if accepted else [],
    )


def _shown(outcome: str) -> dict[str, Any]:
    return _brought(outcome, Words("en")).model_dump(mode="json")


PROBLEM_MEMBERS: dict[str, dict[str, Any]] = {
    "cursor-of-another-epoch": {"epoch": 1},
    "changes-of-another-epoch": {"epoch": 1},
    "changes-purged": {},
    "position-of-another-epoch": {"epoch": 1},
    "behind": {},
    "several-declarations": {
        "number": "COSU6012345678",
        "count": 2,
        "complete": True,
        "declarations": [
            {
                "id": one,
                "kinds": ["bill"],
                "status": {"code": "released", "words": "goods released"},
                "in_progress": True,
                "links": {
                    "self": f"/v1/declarations/{one}",
                    "timeline": f"/v1/declarations/{one}/timeline",
                    "messages": f"/v1/declarations/{one}/messages",
                    "explanation": f"/v1/declarations/{one}/explanation",
                },
            }
            for one in (DECLARATION, "cn:unified:E20260004010000004")
        ],
    },
    "malformed-request": {},
    "older-than-held": {"number": UNIFIED},
    "scope-lacking": {"scope": "command"},
    "over-quota": {"limit": 6000, "seconds": 23},
    "too-many-guesses": {"limit": 60, "seconds": 23},
    "message-of-others": {"message_id": MESSAGE},
    **{slug: {} for slug in ("key-missing", "key-mistyped", "key-unknown", "key-expired", "key-revoked")},
    "unknown-number": {"number": "E20260004010000099"},
    "unknown-anomaly": {"anomaly": "0" * 24},
    "unknown-incident": {"incident": "0" * 16},
    "unknown-command": {"command_id": COMMAND},
    "unknown-message": {"number": UNIFIED, "message_id": MESSAGE},
    "message-purged": {"message_id": MESSAGE},
    "message-unreachable": {"message_id": MESSAGE},
    "command-refused": {
        "command_id": COMMAND,
        "declaration": DECLARATION,
        "reason": "the declaration has ended: closed",
    },
    "command-id-reused": {"command_id": COMMAND},
    "body-too-large": {"limit": 1048576},
    "media-type": {"media_type": "text/plain"},
    "foreign-host": {"host": "clearance.example"},
    "foreign-origin": {},
    "unknown-route": {},
    "method-not-allowed": {},
    "plan-changed": {"declaration": DECLARATION},
    "request-too-slow": {"seconds": 15.0},
    "headers-too-large": {"limit": 65536},
    "no-room": {},
    "invalid-parameter": {
        "names": "limit",
        "errors": [{"in": "query", "name": "limit", "message": "it is at most 500"}],
    },
    "internal-error": {"error_id": "5f2c9a7e1b3d"},
    "store-unreachable": {"state": "broken"},
    "busy": {},
    "takes-too-long": {"seconds": 30.0},
    "log-unreachable": {"command_id": COMMAND},
    "restoring": {
        "state": "restoring",
        "freshness": "rebuilding",
        "known": 7,
        "partitions": 12,
        "oldest_seconds": 41.2,
    },
    "not-current": {
        "state": "old",
        "freshness": "stale",
        "known": 12,
        "partitions": 12,
        "oldest_seconds": 41.2,
    },
    "message-media-type": {"media_type": "application/pdf"},
    "messages-refused": {"refused": 1, "count": 1, "messages": [_shown("refused")]},
    "messages-unacknowledged": {"missing": 1, "count": 1, "messages": [_shown("unacknowledged")]},
    "too-many-under-way": {"limit": 4},
    "unknown-registration": {"number": UNIFIED},
    "number-unclear": {"number": "20260001"},
    "unknown-organisation": {"organisation": "acme-exports"},
    "registrations-full": {"limit": 100_000},
    "rows-media-type": {"media_type": "application/pdf"},
}
"""What each problem of an operation says beside its text."""


def _changes(row: Stored, words: Words) -> models.Changes:
    event = Event(
        declaration=DECLARATION,
        epoch=0,
        seq=4,
        src=1207,
        at=NOW,
        cause="message",
        data=Changed(before="accepted", status=row.status),
    )
    return models.Changes(
        changes=[answers.change(Change("changed", DECLARATION, seq=4, event=event), words, EVERYBODY)],
        declarations=[answers.declaration(row, words, "", LEARNED)],
        cursor="k3Bx9dQ0vZ8yT1mPlQCDAMw",
        more=False,
        complete=True,
    )


def _mutes(words: Words) -> models.Mutes:
    one = models.Mute(rule=coded(words, "rule", "A13"), until=NOW + timedelta(days=2), set_at=NOW, by="desk 2")
    return models.Mutes(mutes=[one], links={"self": "/v1/mutes"})


def _answers(words: Words) -> dict[tuple[str, str], BaseModel]:
    state = _state()
    row = _row(state)
    timeline = tuple(map(entry_of, state.track.taken))
    found = [answers.finding(row, one, timeline) for one in state.ledger.anomalies.values()]
    anomalies = [answers.anomaly(one, words, "") for one in found]
    accepted = shown_command(Outcome(COMMAND, DECLARATION, "accepted", "", NOW), words)
    pending = shown_command(Outcome(COMMAND, DECLARATION, "pending", "", NOW), words)
    times = [
        Times(
            span="release",
            group=("2901",),
            n=214,
            mean=9130.5,
            median=4020.0,
            p90=19870.0,
            open=12,
            open_since=NOW - timedelta(hours=5),
            left_out=3,
        )
    ]
    incident = shown_incident(SHARED, 1, EVERYBODY, words)
    return {
        ("declaration", "200"): answers.declaration(row, words, "", LEARNED),
        ("batch", "200"): _batch(row, words),
        ("transport_plan", "200"): answers.declaration(row, words, "", LEARNED).transport_plan,
        ("timeline", "200"): answers.timeline(row, None, None, words),
        ("explanation", "200"): explained(
            row=row,
            state=state,
            running=RUNNING,
            usual=(RUNNING.cohort, times[0]),
            at=Moment(NOW, LEARNED),
            words=words,
        ),
        ("messages", "200"): shown_messages(DECLARATION, [FILED], 0),
        ("changes", "200"): _changes(row, words),
        ("declarations", "200"): models.Declarations(
            declarations=[answers.in_list(row, words, "", LEARNED)], next=None
        ),
        ("anomalies", "200"): models.Anomalies(
            anomalies=[answers.anomaly_in_list(one, row, "", words, "") for one in found], next=None
        ),
        ("anomaly", "200"): anomalies[0],
        ("incidents", "200"): models.Incidents(incidents=[incident], next=None),
        ("incident", "200"): models.IncidentInFull(
            **dict(incident), members={DECLARATION: to_declaration(DECLARATION)}
        ),
        ("times", "200"): shown(found=times, by=["office"], began_from=None, began_before=None, now=NOW, words=words),
        ("state_transport_plan", "200"): accepted,
        ("state_transport_plan", "202"): pending,
        **{(command, "200"): accepted for command in (*BY_HAND, "mute")},
        **{(command, "202"): pending for command in (*BY_HAND, "mute")},
        **{(mutes, "200"): _mutes(words) for mutes in ("mutes", "muted_rules")},
        ("answer_query", "200"): accepted,
        ("answer_query", "202"): pending,
        ("grants", "200"): models.Grants(
            declaration=DECLARATION,
            organisations=["acme-exports"],
            links={"self": to_grants(DECLARATION), "declaration": to_declaration(DECLARATION)},
        ),
        ("grant", "200"): accepted,
        ("grant", "202"): pending,
        ("withdraw_grant", "200"): accepted,
        ("withdraw_grant", "202"): pending,
        ("command", "200"): accepted,
        ("register", "200"): shown_registration(REGISTERED),
        ("register", "201"): shown_registration(REGISTERED),
        ("registration", "200"): shown_registration(REGISTERED),
        ("own_registrations", "200"): models.Registrations(
            registrations=[listed_registration(REGISTERED, AWAITING, words)], next=None
        ),
        ("file_declaration", "200"): shown_registration(BY_MESSAGE),
        ("file_declaration", "201"): shown_registration(BY_MESSAGE),
        ("register_many", "200"): told_of_rows(REGISTERED_ROWS, words),
        ("bring_messages", "200"): models.Brought(messages=[_brought("accepted", words)]),
        ("health", "200"): Alive(),
        ("readiness", "200"): Ready(freshness="live"),
        ("currency", "200"): Fresh(freshness="live", oldest_seconds=0.4),
    }


def stored() -> Stored:
    """The made-up export as the store would have it."""
    return _row(_state())


def _batch(row: Stored, words: Words) -> models.Batch:
    """One that is there, one that is not, one that is as it was."""
    unknown = ProblemBody(**body("unknown-number", words.language, number="E20260004010000099"))
    tag, shown = etag(row, words.language, EVERYBODY, LEARNED), answers.declaration(row, words, "", LEARNED)
    told = [
        models.BatchAnswer(number=UNIFIED, status=200, etag=tag, declaration=shown, problem=None),
        models.BatchAnswer(number="E20260004010000099", status=404, etag=None, declaration=None, problem=unknown),
    ]
    return models.Batch(answers=told, unchanged=1, token=HELD)


def _row(state: Declaration) -> Stored:
    """The state as the store would have it."""
    shown = view(state.facts, default_tables())
    return Stored(
        id=state.id,
        partition=3,
        epoch=state.epoch,
        src=state.src,
        authority=state.authority,
        status=shown.status,
        group=shown.group,
        open=shown.open,
        direction=DETAILS["direction"],
        office=DETAILS["office"],
        transport_mode=DETAILS["transport_mode"],
        since=shown.since,
        applied_at=NOW,
        record=encode_state(state, default_tables()),
        seq=state.seq,
        merged_into="",
    )


SHARED = Shared(
    id="0f3a5c7e9b1d2f48",
    authority="cn",
    kind="stuck",
    group=(("chapter", "84"), ("office", "2901")),
    since=BEGAN,
    failing_since=BEGAN + timedelta(hours=2),
    opened_at=BEGAN + timedelta(hours=2, minutes=15),
    closed_at=None,
    into="",
    lift=98.0,
    size=300,
)


def _state() -> Declaration:
    partition = Partition(default_tables())
    for position, (seconds, code, note) in enumerate(TOLD):
        at = BEGAN + timedelta(seconds=seconds)
        receipt = Receipt(
            system="cn-channel",
            code=code,
            receipt_id=f"example-{code}",
            occurred_at=at,
            numbers=(f"unified:{UNIFIED}", f"entry:{ENTRY}"),
            format="DEC_RESULT",
            text=note,
            authority_time=f"{at + timedelta(hours=8):%Y-%m-%dT%H:%M:%S}",
            details=DETAILS,
        )
        message_id = sha256(receipt.receipt_id.encode()).hexdigest()
        received = at + timedelta(seconds=2)
        partition.fold(DECLARATION, Message(position=position, at=received, receipts=(receipt,), message_id=message_id))
    partition.fold("", Clock(position=len(TOLD), at=NOW))
    return partition.states[DECLARATION]
