"""Every metric of every process, with what it means when it rises. Names follow Prometheus: base units, `_total`."""

from clearance.metrics import HOURS, Metric

PROCESS = (
    Metric(
        "clearance_dependency_up",
        "gauge",
        ("dependency",),
        "the broker or the database answers this process again: asked at the scrape, 0 while it is away",
    ),
    Metric(
        "clearance_last_success_timestamp_seconds",
        "gauge",
        (),
        "the process works (Unix time): standing still, it hangs or waits for something that is away",
    ),
    Metric(
        "clearance_clock_skew_seconds",
        "gauge",
        (),
        "the wall clock of this process runs ahead of the broker's, negative behind it; by acknowledged writes",
    ),
    Metric(
        "clearance_certificate_ends_timestamp_seconds",
        "gauge",
        ("setting",),
        "a certificate was renewed: when the one that a setting names ends (Unix time)",
    ),
)
EDGE = (
    Metric(
        "clearance_edge_messages_total", "counter", ("result",), "messages came in: appended, or refused at the edge"
    ),
    Metric(
        "clearance_edge_slowed_seconds_total",
        "counter",
        (),
        "a connection sends much that is refused, and is made to wait: look at `clearance dlq list`",
    ),
    Metric(
        "clearance_edge_last_message_age_seconds",
        "gauge",
        ("connection", "authority"),
        "nothing comes from a connection any more: seconds since its last message, appended or refused",
    ),
)
TRACKER = (
    Metric(
        "clearance_inputs_total",
        "counter",
        ("partition", "authority", "format", "result"),
        "inputs were folded; duplicate and dead_letter rising alone means a sender misbehaves",
    ),
    Metric(
        "clearance_message_to_event_seconds",
        "histogram",
        (),
        "status is late: from when the broker took a message until it has acknowledged the events",
    ),
    Metric(
        "clearance_tracker_lag_records",
        "gauge",
        ("partition",),
        "the tracker does not keep up: inputs behind the end of the log",
    ),
    Metric(
        "clearance_tracker_position",
        "gauge",
        ("partition",),
        "the partition advances; standing still while lag rises means a stuck worker",
    ),
    Metric("clearance_tracker_batches_total", "counter", (), "batches were folded and written"),
    Metric(
        "clearance_tracker_batch_seconds",
        "histogram",
        (),
        "folding and writing a batch takes long: a slow broker or a burst",
    ),
    Metric("clearance_tracker_events_total", "counter", ("type",), "things happened to declarations"),
    Metric(
        "clearance_tracker_sends_total",
        "counter",
        ("kind",),
        "numbers of one declaration found each other: links, facts, forwarded commands",
    ),
    Metric(
        "clearance_dead_letters_total", "counter", ("stage",), "inputs were set aside: look at `clearance dlq list`"
    ),
    Metric("clearance_anomalies_opened_total", "counter", ("rule", "severity"), "something is wrong with declarations"),
    Metric(
        "clearance_anomalies_settled_total",
        "counter",
        ("rule", "outcome"),
        "anomalies were settled: resolved, acknowledged, or false_positive by somebody's word: of many such the rule "
        "cries wolf",
    ),
    Metric(
        "clearance_stage_seconds",
        "histogram",
        ("stage", "direction"),
        "spans of clearance time ended; see `docs/clearance-times.md`",
        HOURS,
    ),
    Metric(
        "clearance_clock_records_total",
        "counter",
        (),
        "the tracker wrote clock records, at least one a minute and partition",
    ),
    Metric(
        "clearance_messages_without_clock_total",
        "counter",
        (),
        "messages came into a simulated log whose simulator has stopped: their deadlines never fire",
    ),
    Metric("clearance_partitions", "gauge", ("state",), "partitions this worker owns: restoring, running, parked"),
    Metric(
        "clearance_partitions_parked",
        "gauge",
        ("partition",),
        "a partition waits for a person, its answers are stale: look at `clearance partitions list`",
    ),
    Metric(
        "clearance_parked_links",
        "gauge",
        ("partition",),
        "links, facts and commands that this worker sent to a partition since it was parked, and that wait there",
    ),
    Metric(
        "clearance_tracker_states",
        "gauge",
        ("held",),
        "states of this worker: in memory, and such as are over and known by their place in the log only",
    ),
    Metric(
        "clearance_states_recalled_total",
        "counter",
        (),
        "inputs came for declarations that had left memory: if many, raise CLEARANCE_TRACKER_KEEP_CLOSED_SECONDS",
    ),
    Metric(
        "clearance_states_healed_total",
        "counter",
        (),
        "a paused worker had written old states over newer ones, which were written again",
    ),
    Metric("clearance_restore_seconds", "gauge", (), "the last restore of a partition took long"),
    Metric("clearance_restore_records_total", "counter", (), "state records were read back after a start or rebalance"),
)
ANALYST = (
    Metric(
        "clearance_analyst_lag_records",
        "gauge",
        ("partition",),
        "the analyst does not keep up: events behind the end of the log, of the partitions that this process has",
    ),
    Metric("clearance_analyst_parts_total", "counter", (), "a day is over in a partition, and slices of it were told"),
    Metric(
        "clearance_analyst_related_total",
        "counter",
        (),
        "a declaration was told what it is related to: filed twice, or anew after a rejection; or that it is no more",
    ),
    Metric("clearance_analyst_tables_total", "counter", (), "a partition of the log was given a table of expectations"),
    Metric(
        "clearance_incidents_open", "gauge", ("authority", "kind", "reach"), "incidents are open: of a part, or of all"
    ),
    Metric("clearance_incidents_opened_total", "counter", (), "an incident was found; after a restart, once more"),
)
PROJECTOR = (
    Metric("clearance_declarations", "gauge", ("status", "office", "open"), "more declarations stand in this status"),
    Metric("clearance_anomalies_open", "gauge", ("rule", "severity"), "more is wrong now and nobody has mended it"),
    Metric("clearance_projector_lag_records", "gauge", ("topic",), "the store is behind the log: answers are old"),
    Metric(
        "clearance_projector_records_total",
        "counter",
        ("topic", "result"),
        "records were applied; skipped: copies; waiting: a gap before them; unreadable: not written by us",
    ),
    Metric("clearance_projector_batch_seconds", "histogram", (), "writing a batch to the store takes long"),
    Metric(
        "clearance_projector_applied_age_seconds",
        "gauge",
        (),
        "the store is old: seconds since the tracker's last progress that it holds",
    ),
    Metric(
        "clearance_projector_waiting",
        "gauge",
        (),
        "another projector writes to the store: this one waits (1), and takes over when that one ends",
    ),
    Metric(
        "clearance_projector_counted_age_seconds",
        "gauge",
        (),
        "counts of declarations and anomalies are old: seconds since the store was counted",
    ),
    Metric(
        "clearance_history_incomplete",
        "gauge",
        (),
        "declarations whose older events were purged before the projector read them",
    ),
    Metric(
        "clearance_declarations_purged_total",
        "counter",
        (),
        "declarations that were over for as long as CLEARANCE_STORE_KEEP_DAYS says have left the store",
    ),
    Metric(
        "clearance_store_bytes", "gauge", (), "the store grows: files of SQLite, or the whole database of PostgreSQL"
    ),
    Metric(
        "clearance_store_disk_free_ratio",
        "gauge",
        (),
        "there is more room on the disk of SQLite's file, 1 if it is empty; nothing is told of PostgreSQL's",
    ),
)
API = (
    Metric(
        "clearance_http_requests_total",
        "counter",
        ("method", "route", "status"),
        "requests were answered; those with a status of 5xx are bugs of ours",
    ),
    Metric("clearance_http_request_seconds", "histogram", ("route",), "answers take long"),
    Metric(
        "clearance_questions_total",
        "counter",
        ("class", "result"),
        "questions came; refused: too many at once, too_long: over their time, left: the client went before",
    ),
    Metric(
        "clearance_questions_under_way",
        "gauge",
        ("class", "state"),
        "questions are running, or wait for a thread of their class: if many wait, some will be refused",
    ),
    Metric(
        "clearance_access_refused_total",
        "counter",
        ("reason",),
        "keys were refused: missing, mistyped, unknown, expired, revoked, lacking a scope, or over_quota; many "
        "unknown: guesses",
    ),
    Metric(
        "clearance_access_age_seconds",
        "gauge",
        (),
        "which keys are valid cannot be read: beyond 5 s nobody is let in",
    ),
    Metric(
        "clearance_keys_end_timestamp_seconds",
        "gauge",
        ("holder",),
        "keys were renewed: when the first holder of this kind will have no valid key any more (Unix time)",
    ),
    Metric(
        "clearance_archive_written_timestamp_seconds",
        "gauge",
        (),
        "the archive of inputs was written (Unix time), by the partition that was longest ago; 0 if one never was, no "
        "value without CLEARANCE_ARCHIVE_FOLDER",
    ),
    Metric("clearance_audit_lost_total", "counter", (), "requests are missing in the audit log: it cannot be written"),
    Metric(
        "clearance_commands_total",
        "counter",
        ("kind", "outcome"),
        "users stated something; refused rising means they misunderstand",
    ),
)
NOTICES = (
    Metric(
        "clearance_notices_total",
        "counter",
        ("channel", "outcome"),
        "notices were sent; again: tried later, undelivered and uncertain: look at `clearance recipients undelivered`",
    ),
    Metric(
        "clearance_notices_waiting", "gauge", (), "notices wait: for a digest, for the end of quiet hours, or stuck"
    ),
    Metric(
        "clearance_notices_overdue_seconds",
        "gauge",
        (),
        "a notice is due and is not sent: seconds since the oldest was due, 0 without any",
    ),
)
SIMULATOR = (
    Metric("clearance_simulated_messages_total", "counter", ("scenario",), "simulated messages were sent"),
    Metric("clearance_simulated_faults_total", "counter", ("fault",), "something was made wrong on purpose"),
    Metric("clearance_simulated_time_seconds", "gauge", (), "simulated time advances (Unix time)"),
)

DECLARED = {
    metric.name: metric for metric in (*PROCESS, *EDGE, *TRACKER, *ANALYST, *PROJECTOR, *API, *NOTICES, *SIMULATOR)
}
