"""The metrics of the projector: counted with every batch, or worked out at a scrape."""

from collections import Counter
from collections.abc import Mapping
from functools import partial

from sqlalchemy import Engine

from clearance.events.tables.tables import Tables
from clearance.kafka.admin import Admin
from clearance.kafka.certificates import ends_of_certificates
from clearance.kafka.names import Names
from clearance.metrics import Board, Labels
from clearance.metrics.question import Question
from clearance.projector.counted import Counted
from clearance.projector.decoding import Decoded
from clearance.projector.source import places_of, read_by
from clearance.settings.clock import monotonic, timestamp_of, utc_now
from clearance.settings.tables import default_tables
from clearance.store.age import Ages
from clearance.store.positions import Place
from clearance.store.reader import reading
from clearance.store.rows import Folded
from clearance.store.size import free_ratio
from clearance.store.totals import Totals
from clearance.store.viewer import EVERYBODY
from clearance.store.writes import Applied

RECORDS = "clearance_projector_records_total"
ROOM_WAIT_SECONDS = 0.1
"""How long a scrape waits for a disk to say how full it is."""


def count(board: Board, names: Names, decoded: Decoded, applied: Applied, seconds: float) -> None:
    """A batch was written."""
    for topic, records, news in (
        (names.events, decoded.events, applied.events),
        (names.status, decoded.states, applied.states),
        (names.progress, decoded.progress, applied.progress),
        (names.inputs, decoded.messages, applied.messages),
    ):
        if records:
            board.add(RECORDS, topic, "applied", by=news)
            board.add(RECORDS, topic, "skipped", by=len(records) - news)
    for record in decoded.unreadable:
        board.add(RECORDS, record.topic, "unreadable")
    board.observe("clearance_projector_batch_seconds", seconds=seconds)


class Gauges:
    """What a scrape of the projector is told. `positions` are those of the store; `worked` is called after each batch:
    with a tracker at work there is one a second, and a broker that is away gives none."""

    def __init__(self, board: Board, engine: Engine, bootstrap: str, names: Names) -> None:
        self.positions: Mapping[Place, int] = {}
        self._worked_at = monotonic()
        self._counted = Counted(partial(_totals, engine))
        self._ends = Question(partial(Admin(bootstrap).ends, places_of(names)))
        self._store = Question(partial(_asked_of_store, engine))
        self._room = Question(partial(free_ratio, engine), ROOM_WAIT_SECONDS)
        self._folded: list[Folded] = []
        self._ages = Ages()
        for topic in read_by(names):
            board.add(RECORDS, topic, "unreadable", by=0)  # Prometheus sees no rise in what begins at 1
        board.at_scrape("clearance_dependency_up", self._dependencies)
        board.at_scrape("clearance_last_success_timestamp_seconds", self._last_success)
        board.at_scrape("clearance_projector_lag_records", self._lags)
        board.at_scrape("clearance_projector_applied_age_seconds", self._age)
        board.at_scrape("clearance_store_bytes", self._size)
        board.at_scrape("clearance_store_disk_free_ratio", self._free)
        board.at_scrape("clearance_certificate_ends_timestamp_seconds", ends_of_certificates)
        board.at_scrape("clearance_declarations", self._declarations)
        board.at_scrape("clearance_anomalies_open", lambda: dict(self._totals.anomalies.items()))
        board.at_scrape("clearance_history_incomplete", lambda: {(): self._totals.incomplete})
        board.at_scrape("clearance_projector_counted_age_seconds", self._counted_age)

    def worked(self) -> None:
        """A batch has been applied."""
        self._worked_at = monotonic()

    def _dependencies(self) -> dict[Labels, float]:
        return {("broker",): self._ends() is not None, ("database",): self._store() is not None}

    def _last_success(self) -> dict[Labels, float]:
        return {(): timestamp_of(self._worked_at)}

    def _lags(self) -> dict[Labels, float]:
        """How many records of each topic the store is behind; nothing while the broker is away."""
        return {(topic,): number for topic, number in behind(self.positions, self._ends() or {}).items()}

    def _size(self) -> dict[Labels, float]:
        found = self._store()
        return {} if found is None else {(): found[1]}

    def _free(self) -> dict[Labels, float]:
        free = self._room()
        return {} if free is None else {(): free}

    def _age(self) -> dict[Labels, float]:
        """That of the last progress known, if the store is away. A partition that is parked is told by its tracker."""
        progress, _ = self._store() or ([], 0)
        self._folded = progress or self._folded
        folded = [one for one in self._folded if one.parked_since is None]
        return {(): self._ages.seconds(folded, utc_now(), monotonic())} if folded else {}

    @property
    def _totals(self) -> Totals:
        self._counted.look()
        return self._counted.totals or Totals({}, {}, 0)

    def _declarations(self) -> dict[Labels, float]:
        return standing(self._totals, default_tables())

    def _counted_age(self) -> dict[Labels, float]:
        counted_at = self._counted.counted_at
        return {} if counted_at is None else {(): monotonic() - counted_at}


def standing(totals: Totals, tables: Tables) -> dict[Labels, float]:
    """Declarations by labels. The office is text of a message: one that the tables do not know is one of the `other`,
    and without any it is `none`."""
    found: Counter[Labels] = Counter()
    for (status, office, is_open), number in totals.declarations.items():
        known = (tables.known_office(office) or "other") if office else "none"
        found[status, known, "true" if is_open else "false"] += number
    return dict(found)


def behind(positions: Mapping[Place, int], ends: Mapping[Place, int]) -> Counter[str]:
    """How many records of each topic lie behind the positions."""
    found: Counter[str] = Counter()
    for (topic, partition), end in ends.items():
        found[topic] += max(0, end - positions.get((topic, partition), end))
    return found


def _totals(engine: Engine) -> Totals:
    with reading(engine, EVERYBODY) as reader:
        return reader.totals()


def _asked_of_store(engine: Engine) -> tuple[list[Folded], int]:
    with reading(engine, EVERYBODY) as reader:
        return reader.progress(), reader.size_bytes()
