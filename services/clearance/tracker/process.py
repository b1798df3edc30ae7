"""The tracker as a process, from its settings on."""

from collections.abc import Mapping
from functools import partial

from clearance.kafka.admin import Admin
from clearance.kafka.certificates import ends_of_certificates
from clearance.kafka.ready import await_names, await_topics, led_on
from clearance.kafka.topics import is_embedded
from clearance.metrics import Board
from clearance.metrics.declared import PROCESS, TRACKER
from clearance.metrics.probes import Probes
from clearance.metrics.question import Question
from clearance.metrics.serving import serve
from clearance.settings import Settings, logs, needs_broker
from clearance.settings.tables import default_tables
from clearance.stages.app import Member, StageApp
from clearance.stages.process import require_faust, run
from clearance.tracker.counting import Counting
from clearance.tracker.free_name import GROUP, require_free_name
from clearance.tracker.index_folder import IndexFolder
from clearance.tracker.owned import Owned
from clearance.tracker.tracker import Tracker


def run_tracker(settings: Settings) -> None:
    """Run until a signal, or until the first error. Raises `InvalidSetting` and `BrokerError` if it cannot begin."""
    logs.configure(settings.log_format, "tracker")
    require_faust()
    settings = led_on(settings)
    bootstrap, names = needs_broker(settings), await_names(settings)
    identity = await_topics(settings, names)
    if settings.tracker_instance and not is_embedded(identity.cluster_id):
        require_free_name(bootstrap, names, names.group(GROUP), settings.tracker_instance)
    folder = IndexFolder(settings.tracker_index_folder)
    board = Board((*PROCESS, *TRACKER))
    ends = Question(partial(_ends, Admin(bootstrap), names.inputs, names.numbers))
    board.at_scrape("clearance_dependency_up", lambda: {("broker",): ends() is not None})
    board.at_scrape("clearance_certificate_ends_timestamp_seconds", ends_of_certificates)
    counting, tables = Counting(board, ends), default_tables()
    probes = Probes(counting.why_not_ready, counting.why_not_fresh)
    serve(board, settings.metrics_host, settings.tracker_metrics_port, "CLEARANCE_TRACKER_METRICS_PORT", probes)

    session, batch = settings.tracker_session_seconds, settings.tracker_batch_records
    member = Member(bootstrap, session, batch, settings.tracker_instance)

    def create() -> StageApp[Owned]:
        keep_seconds = settings.tracker_keep_closed_seconds
        tracker = Tracker(bootstrap, names, tables, identity, counting, keep_seconds=keep_seconds, folder=folder)
        return StageApp(tracker, member)

    run(create)


def _ends(admin: Admin, topic: str, numbers: range) -> Mapping[int, int]:
    """The offset that the next record of each partition will get. Raises `BrokerError`."""
    told = admin.ends((topic, number) for number in numbers)
    return {number: end for (_, number), end in told.items()}
