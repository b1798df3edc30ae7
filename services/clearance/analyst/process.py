"""The analyst as a process, from its settings on."""

from clearance.analyst.analyst import Analyst, Partition
from clearance.kafka.admin import Admin
from clearance.kafka.certificates import ends_of_certificates
from clearance.kafka.ready import await_names, await_topics, led_on
from clearance.metrics import Board
from clearance.metrics.declared import ANALYST, PROCESS
from clearance.metrics.probes import Probes
from clearance.metrics.question import Question
from clearance.metrics.serving import serve
from clearance.settings import Settings, logs, needs_broker
from clearance.settings.tables import default_tables
from clearance.stages.app import Member, StageApp
from clearance.stages.process import require_faust, run


def run_analyst(settings: Settings) -> None:
    """Run until a signal, or until the first error. Raises `InvalidSetting` and `BrokerError` if it cannot begin."""
    logs.configure(settings.log_format, "analyst")
    require_faust()
    settings = led_on(settings)
    bootstrap, names = needs_broker(settings), await_names(settings)
    identity = await_topics(settings, names, names.relied_on_by_analyst())
    board = Board((*PROCESS, *ANALYST))
    analyst, broker = Analyst(bootstrap, names, identity, default_tables(), board), Question(Admin(bootstrap).metadata)
    board.at_scrape("clearance_dependency_up", lambda: {("broker",): broker() is not None})
    board.at_scrape("clearance_certificate_ends_timestamp_seconds", ends_of_certificates)
    board.at_scrape("clearance_last_success_timestamp_seconds", analyst.last_success)
    board.at_scrape("clearance_clock_skew_seconds", analyst.clock_skew)
    probes = Probes(analyst.why_not_ready)
    serve(board, settings.metrics_host, settings.analyst_metrics_port, "CLEARANCE_ANALYST_METRICS_PORT", probes)
    session, batch = settings.analyst_session_seconds, settings.analyst_batch_records
    member = Member(bootstrap, session, batch, settings.analyst_instance)

    def create() -> StageApp[Partition]:
        return StageApp(analyst, member)

    run(create)
