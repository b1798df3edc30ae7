"""The analyst says whether it folds all that is its own."""

from typing import Any, cast

from clearance.analyst.analyst import Analyst
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity
from clearance.metrics import Board
from clearance.metrics.declared import ANALYST
from clearance.projector.source import read_by
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables
from clearance.stages.skew import Skew

IDENTITY = Identity("cluster", dict.fromkeys(BASE.relied_on_by_analyst(), "topic"))


class Owned:
    """A partition of which nobody has told how long it is."""

    end = None


class Writing:
    """What a stage writes by: it knows how far the clocks are apart."""

    def __init__(self) -> None:
        self.skew = Skew(1.0)


def new_analyst() -> Analyst:
    analyst = Analyst("", BASE, IDENTITY, default_tables(), Board(ANALYST))
    analyst.writer = cast(Any, Writing())
    return analyst


def test_it_is_ready_when_all_that_it_owns_is_read_back() -> None:
    analyst, owned = new_analyst(), cast(Any, {3: Owned()})
    assert "owns no partition" in analyst.why_not_ready()
    analyst.show(owned, 2, [])
    assert analyst.why_not_ready() == "2 partitions are being read back"
    analyst.show(owned, 0, [])
    assert analyst.why_not_ready() == ""
    assert abs(analyst.last_success()[()] - utc_now().timestamp()) < 5


def test_it_tells_how_far_its_clock_is_ahead_as_soon_as_the_broker_has_said() -> None:
    analyst, owned = new_analyst(), cast(Any, {3: Owned()})
    analyst.show(owned, 0, [])
    assert analyst.clock_skew() == {}
    analyst.writer.skew.measured(60.0)
    analyst.show(owned, 0, [])
    assert analyst.clock_skew() == {(): 60.0}


def test_all_that_analysts_keep_is_to_be_deleted_at_once_but_what_the_store_follows() -> None:
    assert "delete all topics analyst-… but analyst-incidents, make them again" in new_analyst().lost(BASE.waits)
    assert {name for name in read_by(BASE) if name.startswith("analyst-")} == {BASE.incidents}
