"""What the tracker counts: from batches and partitions to the numbers of `metrics/declared.py`."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from clearance.events.log.input_records import KIND_OF
from clearance.events.partition.batch import Batch
from clearance.events.step.outputs import AnomalyOpened
from clearance.metrics import Board, Labels
from clearance.stages.writing import Lot
from clearance.tracker.owned import Owned


class Counting:
    """Feeds one board. Inputs are counted by partition: the count continues from what a restore found, and a partition
    that moves to another worker takes its series along, so that no counter falls."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._links: Counter[int] = Counter()
        board.add("clearance_dead_letters_total", "tracker", by=0)  # Prometheus sees no rise in what begins at 1

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
        for send in batch.sends:
            board.add("clearance_tracker_sends_total", KIND_OF[type(send.input)])
        for dead in batch.dead:
            board.add("clearance_dead_letters_total", dead.stage)
        for span in batch.spans:
            board.observe("clearance_stage_seconds", span.span, span.direction or "none", seconds=span.seconds)

    def clock(self) -> None:
        """A clock record was written."""
        self.board.add("clearance_clock_records_total")

    def came_back(self, recalled: int, healed: int) -> None:
        """States were read from their place in the log, or written again because an old one stood last."""
        self.board.add("clearance_states_recalled_total", by=recalled)
        self.board.add("clearance_states_healed_total", by=healed)

    def restored(self, records: int, seconds: float) -> None:
        """A partition was read back."""
        self.board.add("clearance_restore_records_total", by=records)
        self.board.set("clearance_restore_seconds", to=seconds)

    def parked(self, owned: Collection[int], here: Collection[int], everywhere: Collection[int]) -> None:
        """Which partitions of this worker wait, beside those that it folds; and what it has sent to any that does."""
        self.board.set("clearance_partitions", "parked", to=len(here))
        waits = dict.fromkeys(owned, 0) | dict.fromkeys(here, 1)
        self.board.replace("clearance_partitions_parked", {(str(number),): value for number, value in waits.items()})
        self._links = Counter({number: self._links[number] for number in everywhere})
        links = waits.keys() | self._links.keys()
        self.board.replace("clearance_parked_links", {(str(number),): self._links[number] for number in links})

    def waiting(self, sends: Iterable[Lot], parked: Collection[int]) -> None:
        """Links and facts were sent, some of them perhaps to partitions that are parked."""
        for lot in sends if parked else ():
            if lot.partition in parked:
                self._links[lot.partition] += len(lot.records)

    def partitions(self, owned: Mapping[int, Owned], restoring: int, ends: Mapping[int, int]) -> None:
        """How far each partition is; `ends` are the offsets that the next inputs will get."""
        board = self.board
        board.replace("clearance_partitions", {("restoring",): restoring, ("running",): len(owned)})
        gone = sum(part.fold.partition.states.gone for part in owned.values())
        held = sum(len(part.fold.partition.states) for part in owned.values())
        board.replace("clearance_tracker_states", {("memory",): held - gone, ("log",): gone})
        positions: dict[Labels, float] = {(str(number),): part.fold.position for number, part in owned.items()}
        board.replace("clearance_tracker_position", positions)
        lags: dict[Labels, float] = {
            (str(number),): max(0, ends[number] - 1 - part.fold.position)
            for number, part in owned.items()
            if number in ends
        }
        board.replace("clearance_tracker_lag_records", lags)
        board.replace(
            "clearance_inputs_total",
            {(str(number), *key): count for number, part in owned.items() for key, count in part.fold.counts.items()},
        )
