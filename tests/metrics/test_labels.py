"""Every label of every metric has a bounded set of values: no message, file or request can make series without end."""

from collections.abc import Collection
from typing import get_args

import pytest
from tests.helpers.partition_logs import TABLES, logged
from tests.helpers.recordings import STORIES

from clearance.access.recipients import channels
from clearance.access.scopes import Holder
from clearance.access.verdicts import Refusal
from clearance.api.bulkheads import ENDS, Kind
from clearance.api.middleware import METHODS
from clearance.contracts import topics
from clearance.contracts.codes import STATUSES, load_statuses
from clearance.edge.last_messages import CONNECTIONS, OTHER, LastMessages
from clearance.edge.outcomes import ArrivalResult
from clearance.events.anomalies.precision import SETTLED
from clearance.events.incidents.incident import Kind as IncidentKind
from clearance.events.incidents.incident import Reach
from clearance.events.log.input_records import KIND_OF
from clearance.events.log.progress import Result
from clearance.events.partition.batch import PartitionFold
from clearance.events.receipts.facts import StatementKind
from clearance.events.standing.spans import SPANS
from clearance.events.step.outputs import Data
from clearance.events.tables.durations import Severity
from clearance.kafka.topics import Identity
from clearance.metrics import Board
from clearance.metrics.declared import DECLARED, PROCESS, TRACKER
from clearance.simulator.faults import FAULTS
from clearance.simulator.figures import default_figures
from clearance.tracker.counting import Counting
from clearance.tracker.owned import Owned

FORMATS = {
    "DEC_DATA",
    "DEC_RESULT",
    "DecImportResponse",
    "DecMessage",
    "DecModMessage",
    "DecModSaveResponse",
    "DxpRep",
    "RES",
}
FORMATS |= {"SmartCardFailure"}
"""What codecs call the format of their receipts: a word of their code, never one of a message."""
EVENTS = {str(one.__struct_config__.tag) for one in get_args(Data)}
KINDS = {*KIND_OF.values()}
BOUNDS: dict[str, Collection[str]] = {
    "authority": {*TABLES.authorities, "", "none"},
    "clearance_http_requests_total status": {*map(str, range(100, 600))},
    "channel": channels(),
    "class": get_args(Kind),
    "clearance_notices_total outcome": {"sent", "again", "undelivered", "uncertain"},
    "clearance_questions_under_way state": {"waiting", "running"},
    "clearance_access_refused_total reason": {"missing", *get_args(Refusal)},
    "clearance_questions_total result": {*ENDS.values(), "answered", "failed", "left"},
    "clearance_projector_records_total result": {"applied", "skipped", "waiting", "unreadable"},
    "clearance_edge_messages_total result": get_args(ArrivalResult),
    "clearance_inputs_total result": get_args(Result),
    "clearance_partitions state": {"restoring", "running", "parked"},
    "clearance_stage_seconds stage": {span.name for span in SPANS},
    "clearance_dead_letters_total stage": {"tracker", "operator"},
    "clearance_tracker_sends_total kind": KINDS,
    "clearance_incidents_open kind": get_args(IncidentKind),
    "reach": get_args(Reach),
    "clearance_commands_total kind": {*get_args(StatementKind)},
    "connection": [*map(str, range(CONNECTIONS + 1))],  # so many, whatever they are called
    "dependency": {"broker", "database"},
    "direction": {"import", "export", "none"},
    "fault": {*FAULTS},
    "format": {*FORMATS, *KINDS, "unread"},
    "held": {"memory", "log"},
    "holder": get_args(Holder),
    "method": {*METHODS, "other"},
    "office": {*TABLES.offices, "none", "other"},
    "open": {"true", "false"},
    "clearance_anomalies_settled_total outcome": SETTLED,
    "outcome": {"accepted", "refused", "forwarded", "pending", "unavailable"},
    "partition": {str(number) for number in range(topics()["declaration-inputs"].partitions)},
    "route": {"the templates of the API's routes", "none"},
    "rule": {*TABLES.rules},
    "scenario": {*default_figures().scenarios},
    "setting": {"kafka_ca_file", "kafka_certificate_file"},
    "severity": get_args(Severity),
    "status": {*load_statuses(STATUSES)},
    "topic": {*topics()},
    "type": EVENTS,
}
"""By label, or by metric and label where they differ."""
MOST = 50_000
"""Series of one metric, if all that can be comes together."""


def bound(metric: str, label: str) -> Collection[str]:
    return BOUNDS.get(f"{metric} {label}") or BOUNDS[label]


@pytest.mark.parametrize(("metric", "label"), [(one.name, label) for one in DECLARED.values() for label in one.labels])
def test_it_is_bounded(metric: str, label: str) -> None:
    assert bound(metric, label), "and the bound stands above"


@pytest.mark.parametrize("metric", [*DECLARED])
def test_a_metric_has_no_more_series_than_prometheus_bears(metric: str) -> None:
    series = 1
    for label in DECLARED[metric].labels:
        series *= len(bound(metric, label))
    assert series <= MOST


def test_the_tracker_keeps_to_the_bounds_whatever_the_stories_hold() -> None:
    fold = PartitionFold(TABLES)
    batch = fold.fold(logged(*STORIES))
    board = Board((*PROCESS, *TRACKER))
    counting = Counting(board, lambda: None)
    counting.batch(batch, [], 0.0, 0.1)
    counting.partitions({0: Owned(0, fold, Identity("cluster", {"declaration-inputs": "topic"}))}, 0, None)
    for family in board.collect():
        metric = DECLARED.get(family.name) or DECLARED[f"{family.name}_total"]
        for sample in family.samples:
            for label in metric.labels:
                assert sample.labels[label] in bound(metric.name, label), (metric.name, label)


def test_connections_beyond_the_bound_are_one() -> None:
    last = LastMessages()
    for number in range(3 * CONNECTIONS):
        last.came(f"organisation {number}", "")
    last.came("organisation 7", "")
    connections = {connection for connection, _ in last.ages()}
    assert len(connections) == CONNECTIONS + 1
    assert OTHER in connections
