"""Make the checks, in the order of the table: those that need another's answer behind it, each bounded in time.

The surprise: a check that fails has found something, too. What it asks raises the errors that end a process, and they
say what is wrong; anything else is a bug of ours and is raised.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Thread
from typing import NamedTuple

from clearance.doctor import of_analyst, of_broker, of_log, of_machine, of_secrets, of_store, of_topics
from clearance.doctor.checks import About, Check, Result, checks
from clearance.doctor.installation import Installation
from clearance.events.log.upcasting import NewerVersion
from clearance.kafka.errors import BrokerError
from clearance.operations.errors import OperationRefused
from clearance.settings import InvalidSetting
from clearance.store.errors import StoreError

SECONDS = 20.0
"""How long one check may take; each question that it asks is bounded by less."""
EXPECTED = (BrokerError, InvalidSetting, StoreError, NewerVersion, OperationRefused, OSError)
Looking = Callable[[Installation], Iterable[About]]
LOOKS: Mapping[str, Looking] = {
    "packages": of_machine.packages,
    "time-zones": of_machine.zones,
    "open-files": of_machine.files,
    "index-folder": of_machine.index_folder,
    "index-disk-full": of_machine.index_disk,
    "java": of_machine.java_for_kafka,
    "secret-open": of_secrets.readable_by_all,
    "api-secret": of_secrets.of_the_api,
    "certificate-ends": of_secrets.certificates,
    "broker-unreachable": of_broker.unreachable,
    "broker-security": of_broker.security,
    "broker-foreign": of_broker.foreign,
    "broker-advertised": of_broker.advertised,
    "log-elsewhere": of_log.elsewhere,
    "epoch-over": of_log.epoch_over,
    "topic-missing": of_topics.missing,
    "topic-partitions": of_topics.partitions,
    "restore-cut-off": of_topics.half_restored,
    "log-sealed": of_topics.sealed,
    "topic-cleanup": of_topics.cleanup,
    "topic-retention": of_topics.retention,
    "topic-settings": of_topics.settings,
    "topic-anew": of_topics.anew_since,
    "log-broken": of_topics.broken,
    "tables-differ": of_log.tables,
    "name-twice": of_log.name,
    "tracker-away": of_log.tracker,
    "analyst-behind": of_analyst.behind,
    "partition-parked": of_log.parked,
    "set-aside": of_log.set_aside,
    "dead-letters": of_log.dead_letters,
    "clock-here": of_log.clock_here,
    "clock-tracker": of_log.clock_tracker,
    "store-unreachable": of_store.unreachable,
    "store-unmade": of_store.unmade,
    "store-schema": of_store.schema,
    "store-foreign": of_store.foreign,
    "projector-behind": of_store.behind,
    "disk-full": of_store.disk,
}


class Ended(NamedTuple):
    """How a look ended."""

    found: tuple[About, ...] = ()
    error: Exception | None = None


def examine(here: Installation, part: str = "") -> Iterator[Result]:
    """What came of each check that concerns the process `part`, or any."""
    in_the_way: dict[str, str] = {}  # by check, what must be mended first
    for name, check in checks().items():
        if check.concerns(part):
            lacking = [in_the_way[one] for one in check.needs.split() if one in in_the_way]
            result = Result(check, "skipped", why=lacking[0]) if lacking else _result(check, here)
            if result.state not in ("ok", "note"):
                in_the_way[name] = result.why if lacking else name
            yield result


def _result(check: Check, here: Installation) -> Result:
    ended = _within(SECONDS, LOOKS[check.check], here)
    if ended is None:
        return Result(check, "unknown", why=f"no answer within {SECONDS:.0f} s")
    if isinstance(ended.error, EXPECTED):
        return Result(check, "unknown", why=str(ended.error))
    if ended.error is not None:
        raise ended.error
    return Result(check, check.severity if ended.found else "ok", ended.found)


def _within(seconds: float, look: Looking, here: Installation) -> Ended | None:
    """None if it takes longer; it is then left behind, and ends with the process."""
    ended: list[Ended] = []

    def run() -> None:
        try:
            ended.append(Ended(tuple(look(here))))
        except Exception as error:  # noqa: BLE001 # raised by whoever waits
            ended.append(Ended(error=error))

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return ended[0] if ended else None
