"""Each breakage of `breakages.csv` is made for real: its alert fires in its time, nothing else does, and it ends.

Minutes to days pass faster in the rules, by the factor of the row for the rule that it is about; in the others, whose
windows must hold what our processes do in their own time, by ten at most.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
import yaml
from tests.conftest import running_postgres
from tests.system.running import until

from clearance.contracts.tables import Row
from clearance.devbroker.local import LocalKafka
from clearance.settings.clock import monotonic

from .breakages import BREAKAGES, Running
from .prepared import prepared
from .prometheus import Labels, scraping
from .scaling import Group, durations_of, faster, seconds, without_durations
from .traffic import Traffic
from .whole import CONNECTION, ORGANISATION, Whole

HERE = Path(__file__).parent
RULES = sorted((HERE.parents[1] / "deploy/prometheus/rules").glob("*.yml"))
GROUPS: list[Group] = [group for path in RULES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
SCRAPE_SECONDS, EVALUATION_SECONDS = 5.0, 15.0
LOOK_SECONDS = 0.2
SHORTEST_SCRAPE_SECONDS, SHORTEST_EVALUATION_SECONDS = 1.0, 0.2
"""A scrape may take as long as the time to the next, and a busy machine needs some of it."""
OTHERS = 10.0
"""How much faster time passes, at most, in the rules that a breakage is not about."""
OWN_SECONDS = 12.0
"""What our processes may take to notice and to mend, in their own time."""
BASE_SCRAPES = 5


class Expected(Row):
    """One row: `of` is a label of the alert; `within` and `ends_within` are times of the rules as they are shipped, in
    which it fires and ends; `companions` may fire too."""

    breakage: str
    alert: str
    of: str = ""
    faster: float
    within: str
    ends_within: str
    companions: str = ""

    def is_right(self, firing: Labels) -> bool:
        name, _, value = self.of.partition("=")
        return firing["alertname"] == self.alert and firing.get(name, "") == value

    def allows(self, firing: Labels) -> bool:
        return self.is_right(firing) or firing["alertname"] in self.companions.split()

    def seconds(self, shipped: str) -> float:
        """How long that is here."""
        return seconds(shipped) / self.faster + OWN_SECONDS


ROWS = [*Expected.read(HERE / "breakages.csv")]


def groups_for(row: Expected) -> list[Group]:
    """All rules as fast as the row has them."""
    mine = [any(row.alert == rule.get("alert") for rule in group["rules"]) for group in SPLIT]
    return [faster(one, row.faster if own else min(row.faster, OTHERS)) for one, own in zip(SPLIT, mine, strict=True)]


def split(group: Group) -> list[Group]:
    """A group for each rule, unless they rest on one that is recorded."""
    if any("record" in rule for rule in group["rules"]):
        return [group]
    return [{**group, "name": f"{group['name']} {nth}", "rules": [rule]} for nth, rule in enumerate(group["rules"])]


SPLIT = [one for group in GROUPS for one in split(group)]


def interval(shipped: float, row: Expected, shortest: float) -> str:
    return f"{max(shortest, shipped / row.faster) * 1000:.0f}ms"


@pytest.fixture(scope="module")
def whole(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole")
    with LocalKafka(folder / "kafka") as kafka, running_postgres(folder) as postgres:
        whole = Whole(kafka, postgres, folder)
        with whole.running():
            yield whole


@pytest.fixture(scope="module")
def traffic(whole: Whole) -> Iterator[Traffic]:
    keys = whole.secrets[CONNECTION], whole.secrets[ORGANISATION]
    with Traffic(whole.url, *keys).flowing() as found:
        until(lambda: found.taken > 0, "messages come in", 60)
        yield found


@contextmanager
def watched(whole: Whole, traffic: Traffic, row: Expected, folder: Path) -> Iterator[Running]:
    """By a Prometheus that knows of nothing that was before, and finds nothing wrong."""
    with scraping(whole.ports, folder, interval(SCRAPE_SECONDS, row, SHORTEST_SCRAPE_SECONDS)) as prometheus:
        until(lambda: len(prometheus.values("up == 1")) == len(whole.ports), "all are up", 60, every=0.5)
        prometheus.sees(f"min(count_over_time(up[1h])) >= {BASE_SCRAPES}")
        prometheus.judge_by(groups_for(row), interval(EVALUATION_SECONDS, row, SHORTEST_EVALUATION_SECONDS))
        prometheus.sees("count(count_over_time(up[1h]) > 0) >= 1")
        yield Running(whole, traffic, prometheus)


@pytest.mark.soak
@pytest.mark.parametrize("row", [pytest.param(row, id=row.breakage) for row in ROWS])
def test_the_right_alert_fires_in_time_and_ends(
    row: Expected,
    whole: Whole,
    traffic: Traffic,
    tmp_path: Path,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    with prepared(row.breakage, whole), watched(whole, traffic, row, tmp_path) as running:
        prometheus = running.prometheus
        assert prometheus.fired() == []
        with BREAKAGES[row.breakage](running):
            fires = seconds_until(lambda: any(map(row.is_right, prometheus.firing())), row.seconds(row.within))
        ends = seconds_until(lambda: ended(running), row.seconds(row.ends_within))
        record_testsuite_property(row.breakage, f"fires after {fires:.1f} s, ends after {ends:.1f} s")
        assert fires < row.seconds(row.within), f"{row.alert} fires"
        assert ends < row.seconds(row.ends_within), prometheus.firing()
        assert [one for one in prometheus.fired() if not row.allows(one)] == []


def ended(running: Running) -> bool:
    """Nothing fires; meanwhile a supervisor does its work."""
    running.whole.look_after()
    return not running.prometheus.firing()


def seconds_until(condition: Callable[[], bool], limit: float) -> float:
    """How long it takes until it is true; `limit` if it takes longer."""
    began = monotonic()
    while not condition():
        if monotonic() - began > limit:
            return limit
        Event().wait(LOOK_SECONDS)
    return monotonic() - began


def test_rules_are_altered_in_their_durations_only() -> None:
    for group in GROUPS:
        fast = faster(group, 20)
        assert without_durations(fast) == without_durations(group)
        assert durations_of(fast) == pytest.approx([one / 20 for one in durations_of(group)], abs=0.001)
    assert sum(len(durations_of(group)) for group in GROUPS) > len(GROUPS)


def test_each_row_names_a_breakage_and_an_alert() -> None:
    assert sorted(row.breakage for row in ROWS) == sorted(BREAKAGES)
    alerts = {rule.get("alert") for group in GROUPS for rule in group["rules"]}
    assert {name for row in ROWS for name in (row.alert, *row.companions.split())} <= alerts
