"""The whole system as processes around a broker of its own: two trackers, at times a third, two analysts, a projector,
an API, and who tells people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka, free_port
from clearance.kafka.topics import ensure

from .processes import Process
from .told_people import People

SESSION_SECONDS = 6
"""The shortest that a broker allows; a worker that stands still for longer loses its partitions."""
LOOK_SECONDS = 0.05


class System:
    """Nothing runs yet. The `third` worker joins and leaves; a twin takes the name of a worker."""

    def __init__(self, kafka: LocalKafka, folder: Path, sabotage: str = "none", batch_records: int = 2000) -> None:
        ensure(kafka.bootstrap, topics(), replication_factor=1, create=True)
        self.kafka, self.folder = kafka, folder
        self.port, self.people = free_port(), People()
        self.store_file = folder / "store.db"
        self.store = f"sqlite:///{self.store_file}"
        self._settings = {
            "CLEARANCE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "CLEARANCE_LOG_FORMAT": "json",
            "CLEARANCE_TRACKER_KEEP_CLOSED_SECONDS": "2",
            "CLEARANCE_TRACKER_INDEX_FOLDER": str(folder / "index"),
            "CLEARANCE_TRACKER_SESSION_SECONDS": str(SESSION_SECONDS),
            "CLEARANCE_TRACKER_BATCH_RECORDS": str(batch_records),
            "CLEARANCE_ANALYST_SESSION_SECONDS": str(SESSION_SECONDS),
            "CLEARANCE_ANALYST_BATCH_RECORDS": str(batch_records),
            "CLEARANCE_TRACKER_METRICS_PORT": "0",
            "CLEARANCE_ANALYST_METRICS_PORT": "0",
            "CLEARANCE_PROJECTOR_METRICS_PORT": "0",
            "CLEARANCE_DATABASE_URL": self.store,
            "CLEARANCE_API_PORT": str(self.port),
            "CLEARANCE_API_AUTHENTICATION": "false",
            **self.people.settings,
            "_TYPER_STANDARD_TRACEBACK": "1",  # so that the last line of a log is the error
        }
        self.workers = [self._process(f"tracker-{number}", "tracker", sabotage) for number in (1, 2)]
        self.third = self._process("tracker-3", "tracker", sabotage)
        self.twins = {one.name: self._process(f"twin-of-{one.name}", "tracker", name=one.name) for one in self.workers}
        self.analysts = [self._process(f"analyst-{number}", "analyst") for number in (1, 2)]
        self.projector = self._process("projector", "projector")
        self.api = self._process("api", "api")
        self.notices = self._process("notices", "notices")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def processes(self) -> list[Process]:
        return [*self.trackers, *self.twins.values(), *self.analysts, self.projector, self.api, self.notices]

    @property
    def trackers(self) -> list[Process]:
        return [*self.workers, self.third]

    @asynccontextmanager
    async def running(self, *processes: Process) -> AsyncIterator[None]:
        """These processes, each started again whenever it has ended; in the end none is left."""
        for process in processes:
            process.start()
        looking = asyncio.create_task(self._look_after())
        try:
            yield
        finally:
            looking.cancel()
            for process in self.processes:
                process.end_at_once()

    async def _look_after(self) -> None:
        while True:
            for process in self.processes:
                process.look_after()
            await asyncio.sleep(LOOK_SECONDS)

    def _process(self, process: str, kind: str, sabotage: str = "none", name: str = "") -> Process:
        instance = name or process
        names = {"CLEARANCE_TRACKER_INSTANCE": instance, "CLEARANCE_ANALYST_INSTANCE": instance}
        settings = {**self._settings, **names}
        return Process(process, kind, self.folder, settings, sabotage)
