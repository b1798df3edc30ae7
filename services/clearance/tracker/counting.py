"""What the tracker counts: from batches and partitions to the numbers of `metrics/declared.py`.

What partitions stand at is worked out at the scrape, against the ends that the broker tells then: a worker that hangs
shows a lag that grows.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.anomalies.precision import SETTLED
from clearance.events.log.input_records import KIND_OF
from clearance.events.partition.batch import Batch
from clearance.events.step.outputs import AnomalyClosed, AnomalyHandled, AnomalyOpened
from clearance.metrics import Board, Labels
from clearance.settings.clock import monotonic, timestamp_of
from clearance.settings.tables import default_tables
from clearance.stages.writing import Lot
from clearance.tracker.owned import Owned


class Counting:
    """Feeds one board. Inputs are counted by partition: the count continues from what a restore found, and a partition
    that moves to another worker takes its series along, so that no counter falls.

    `ends` asks for the offset that the next input of each partition will get; None while the broker is away."""

    def __init__(self, board: Board, ends: Callable[[], Mapping[int, int] | None]) -> None:
        self.board = board
        self._ends = ends
        self._owned: Mapping[int, Owned] = {}
        self._restoring, self._looked_at = 0, monotonic()
        self._skew: float | None = None
        self._links: Counter[int] = Counter()
        self._parked: Collection[int] = ()
        board.add("clearance_dead_letters_total", "tracker", by=0)  # Prometheus sees no rise in what begins at 1
        for level in default_tables().durations:
            board.add("clearance_anomalies_opened_total", level.rule, level.severity, by=0)
        board.add("clearance_messages_without_clock_total", by=0)
        board.at_scrape("clearance_partitions", self._partitions)
        board.at_scrape("clearance_partitions_parked", self._waits)
        board.at_scrape("clearance_parked_links", self._waiting)
        board.at_scrape("clearance_tracker_states", self._states)
        board.at_scrape("clearance_tracker_position", self._positions)
        board.at_scrape("clearance_tracker_lag_records", self._lags)
        board.at_scrape("clearance_inputs_total", self._inputs)
        board.at_scrape("clearance_last_success_timestamp_seconds", self._last_success)
        board.at_scrape("clearance_clock_skew_seconds", lambda: {} if self._skew is None else {(): self._skew})

    def batch(self, batch: Batch, timestamps_ms: Iterable[int], written_ms: float, seconds: float) -> None:
        """A batch was folded and written; `timestamps_ms` are the broker's of its messages."""
        board = self.board
        board.add("clearance_tracker_batches_total")
        board.observe("clearance_tracker_batch_seconds", seconds=seconds)
        for timestamp in timestamps_ms:
            board.observe("clearance_message_to_event_seconds", seconds=max(0.0, (written_ms - timestamp) / 1000))
        for event in batch.events:
            board.add("clearance_tracker_events_total", str(event.data.__struct_config__.tag))
            if isinstance(event.data, AnomalyOpened):
                anomaly = event.data.anomaly
                board.add("clearance_anomalies_opened_total", anomaly.rule, anomaly.severity)
            if isinstance(event.data, AnomalyClosed | AnomalyHandled):
                self._closed(event.data.anomaly)
        for send in batch.sends:
            board.add("clearance_tracker_sends_total", KIND_OF[type(send.input)])
        for dead in batch.dead:
            board.add("clearance_dead_letters_total", dead.stage)
        for span in batch.spans:
            board.observe("clearance_stage_seconds", span.span, span.direction or "none", seconds=span.seconds)

    def _closed(self, anomaly: Anomaly) -> None:
        """Of what closed for somebody, if it was settled by that: each word of an organisation counts, and what closed
        for all."""
        what = anomaly.turns[-1].what if anomaly.state == "open" and anomaly.turns[-1].closes else anomaly.state
        if what in SETTLED:
            self.board.add("clearance_anomalies_settled_total", anomaly.rule, what)

    def clock(self) -> None:
        """A clock record was written."""
        self.board.add("clearance_clock_records_total")

    def simulated(self, messages: int) -> None:
        """So many messages came into a simulated log whose simulator has stopped."""
        self.board.add("clearance_messages_without_clock_total", by=messages)

    def came_back(self, recalled: int, healed: int) -> None:
        """States were read from their place in the log, or written again because an old one stood last."""
        self.board.add("clearance_states_recalled_total", by=recalled)
        self.board.add("clearance_states_healed_total", by=healed)

    def restored(self, records: int, seconds: float) -> None:
        """A partition was read back."""
        self.board.add("clearance_restore_records_total", by=records)
        self.board.set("clearance_restore_seconds", to=seconds)

    def waiting(self, sends: Iterable[Lot], parked: Collection[int]) -> None:
        """Links and facts were sent, some of them perhaps to partitions that are parked."""
        for lot in sends if parked else ():
            if lot.partition in parked:
                self._links[lot.partition] += len(lot.records)

    def parked(self, here: Collection[int], everywhere: Collection[int]) -> None:
        """Which partitions of this worker wait; of others, what it has sent to one counts while that waits."""
        self._parked = [*here]
        self._links = Counter({number: self._links[number] for number in everywhere})

    def partitions(self, owned: Mapping[int, Owned], restoring: int, skew: float | None) -> None:
        """What is owned from now on, how many are being read back, and how far the wall is ahead of the broker's [s]:
        told at every tick, so that it says that the worker works."""
        self._owned, self._restoring, self._skew, self._looked_at = owned, restoring, skew, monotonic()

    def why_not_ready(self) -> str:
        """What keeps it from folding all that is its own; "" if nothing does."""
        if self._restoring:
            return f"{self._restoring} partitions are being read back"
        return "" if self._owned or self._parked else "it owns no partition yet, or there are fewer than trackers"

    def why_not_fresh(self) -> str:
        """Which of its partitions nobody folds; "" if each is folded."""
        parked = ", ".join(map(str, sorted(self._parked)))
        return f"parked, until a person acts: partitions {parked} (`clearance partitions list`)" if parked else ""

    def _parts(self) -> list[tuple[str, Owned]]:
        return [(str(number), part) for number, part in list(self._owned.items())]

    def _partitions(self) -> dict[Labels, float]:
        return {("restoring",): self._restoring, ("running",): len(self._owned), ("parked",): len(self._parked)}

    def _waits(self) -> dict[Labels, float]:
        waits: dict[Labels, float] = {(number,): 0 for number, _ in self._parts()}
        return waits | {(str(number),): 1 for number in self._parked}

    def _waiting(self) -> dict[Labels, float]:
        links: dict[Labels, float] = dict.fromkeys(self._waits(), 0)
        return links | {(str(number),): count for number, count in dict(self._links).items()}

    def _states(self) -> dict[Labels, float]:
        gone = sum(part.fold.partition.states.gone for _, part in self._parts())
        held = sum(len(part.fold.partition.states) for _, part in self._parts())
        return {("memory",): held, ("log",): gone}

    def _positions(self) -> dict[Labels, float]:
        return {(number,): part.fold.position for number, part in self._parts()}

    def _lags(self) -> dict[Labels, float]:
        ends = self._ends() or {}
        return {
            (number,): max(0, ends[part.number] - 1 - part.fold.position)
            for number, part in self._parts()
            if part.number in ends
        }

    def _inputs(self) -> dict[Labels, float]:
        counts = ((number, list(part.fold.counts.items())) for number, part in self._parts())
        return {(number, *key): count for number, held in counts for key, count in held}

    def _last_success(self) -> dict[Labels, float]:
        """When all that is owned had told its progress; of a worker without partitions, its last tick."""
        moments = [part.last_progress for _, part in self._parts() if part.last_progress is not None]
        return {(): timestamp_of(min((self._looked_at, *moments)))}
