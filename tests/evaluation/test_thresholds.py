"""Thresholds, fixed and learned: when a standing is too long, and which of them is chosen."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from clearance.evaluation.comparison import Counts, compared
from clearance.evaluation.detectors import GRIDS, IN_OFFICE_HOURS, LEARNED, Detector, deployed, tuned
from clearance.evaluation.samples import Samples
from clearance.evaluation.silences import Silence, Watched
from clearance.evaluation.standings import Stood, standings, to_be_found
from clearance.evaluation.thresholds import Fixed, FixedTable, LearnedThresholds, Setting
from clearance.evaluation.tuning import Point, earliest, fixed_points
from clearance.events.learning.course import ARRIVED, Obligation
from clearance.events.standing.statements import Plan
from clearance.settings.tables import default_tables
from clearance.simulator.life import Trouble

TABLES = default_tables()
MONDAY = datetime(2026, 4, 13, 0, 30, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 4, 17, 12, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = MONDAY + timedelta(days=60)


def _filing(number: int, length: timedelta | None, rule: str = "A04", began: datetime = MONDAY) -> Watched:
    """One that stood so long, or stands for ever, which is a trouble."""
    name, over = f"cn:unified:E{number:017}", None if length is None else began + length
    own = Silence(rule, began, began, office="2901", direction="export", mode="sea", over=over, ended=over)
    stuck = Trouble(name, "stuck", rule, began, began, None, "never-reviewed")
    return Watched(name, "cn", began.date(), (own,), () if over else (stuck,))


def _field(number: int = 900, stuck: int = 90) -> list[Watched]:
    """Most stand for some minutes, and some for ever."""
    well = [_filing(place, timedelta(minutes=1 + place % 20)) for place in range(number)]
    return [*well, *(_filing(number + place, None) for place in range(stuck))]


def _samples(filings: list[Watched]) -> Samples:
    samples = Samples(TABLES)
    samples.take(filings)
    return samples


def _stood(filing: Watched) -> Stood:
    [(_, stood)] = standings([filing], TABLES)
    return stood


def test_what_is_reviewed_counts_anew_from_the_arrival_of_its_goods() -> None:
    planned = Plan(MONDAY + 30 * HOUR, arrived_at=MONDAY + 5 * HOUR)
    filing = Watched("cn:unified:E1", "cn", MONDAY.date(), _filing(1, 8 * HOUR, "A05").silences)
    [plain] = _stood(filing).by_stage
    told = replace(filing, plans=((MONDAY + 6 * HOUR, planned),))
    [arrived] = _stood(told).by_stage
    assert (plain.stay.status, plain.stay.began) == ("reviewed", MONDAY)
    assert (arrived.stay.status, arrived.stay.began, arrived.heard) == (ARRIVED, MONDAY + 5 * HOUR, MONDAY + 6 * HOUR)
    waiting, lying = _stood(told).awaited
    assert (waiting.stay.status, waiting.over, waiting.idle) == ("reviewed", MONDAY + 5 * HOUR, True)
    assert lying == arrived


def test_what_is_inspected_stands_by_itself_where_it_is_seen_by_what_is_waited_for() -> None:
    filing = replace(_filing(1, 8 * HOUR), obligations=(Obligation("inspection", MONDAY + HOUR, MONDAY + 7 * HOUR),))
    [plain] = _stood(filing).by_stage
    assert (plain.stay.status, plain.over) == ("received", MONDAY + 8 * HOUR)
    assert [(one.stay.status, one.stay.began, one.over) for one in _stood(filing).awaited] == [
        ("received", MONDAY, MONDAY + HOUR),
        ("inspection", MONDAY + HOUR, MONDAY + 7 * HOUR),
        ("received", MONDAY + 7 * HOUR, MONDAY + 8 * HOUR),
    ]


def test_what_an_outage_holds_is_for_its_incident_to_tell_and_what_is_soon_over_for_nobody() -> None:
    [lasting] = _filing(1, None).troubles
    assert to_be_found(lasting)
    assert not to_be_found(replace(lasting, cause="outage-001-009-office-down"))
    assert not to_be_found(replace(lasting, until=MONDAY + HOUR))
    assert to_be_found(replace(lasting, until=MONDAY + 2 * HOUR))
    held = replace(_filing(1, 9 * HOUR), troubles=(replace(lasting, cause="outage-001-009-office-down"),))
    samples = _samples([held])
    assert (samples.whole.troubles["A04"], dict(samples.whole.groups["by stage"])) == (0, {}), "neither right nor wrong"


@pytest.mark.parametrize(("office_hours", "day"), [(False, "Friday"), (True, "Monday")])
def test_a_fixed_threshold_may_count_office_hours(office_hours: bool, day: str) -> None:
    [one] = _stood(_filing(1, None, began=FRIDAY_EVENING)).by_stage
    assert f"{Fixed(HOUR, office_hours).deadline(one, TABLES):%A}" == day


def test_a_percentile_and_a_chance_give_the_length_that_they_say() -> None:
    filings = _field(stuck=0)
    learned = LearnedThresholds(_samples(filings).whole.learner, NOW)
    [one] = _stood(filings[0]).awaited
    key = learned.narrowest(one.stay)
    half = learned.after(key, Setting("percentile", 0.5, timedelta(), 50))
    assert half is not None
    assert half == pytest.approx(timedelta(minutes=10), rel=0.05)
    hopeless = learned.after(key, Setting("chance", 0.1, HOUR, 50))
    assert hopeless is not None
    assert hopeless >= timedelta(minutes=19)
    assert learned.after(key, Setting("percentile", 0.5, timedelta(), 5000)) is None


def test_what_is_learned_in_office_hours_leaves_the_weekend_out() -> None:
    over_the_weekend = timedelta(days=2, hours=12, minutes=10)  # ten minutes of Monday morning
    samples = _samples([_filing(place, over_the_weekend, began=FRIDAY_EVENING) for place in range(100)])
    [one] = _stood(_filing(1, None, began=FRIDAY_EVENING)).awaited
    half = Setting("percentile", 0.5, timedelta(), 50)
    deadlines = []
    for learned in (
        LearnedThresholds(samples.whole.learner, NOW),
        LearnedThresholds(samples.whole.in_office_hours, NOW, office_hours=True),
    ):
        fixed = learned.fixed(learned.narrowest(one.stay), half)
        assert fixed is not None
        deadlines.append(fixed.deadline(one, TABLES) - FRIDAY_EVENING)
    assert deadlines[0] == pytest.approx(over_the_weekend, rel=0.02)
    assert deadlines[1] == pytest.approx(over_the_weekend, rel=0.02)
    assert learned.after(learned.narrowest(one.stay), half) == pytest.approx(timedelta(minutes=10), rel=0.02)


def test_the_earliest_of_those_that_are_good_enough_is_taken() -> None:
    nothing = FixedTable("one", {})
    points = [Point(0.9, 0.95, 60.0, nothing), Point(0.92, 0.91, 30.0, nothing), Point(0.6, 0.99, 1.0, nothing)]
    assert earliest(points, 0.9, 0.9) == points[1]
    assert earliest(points, 0.95, 0.9) is None


def test_a_choice_is_judged_on_the_half_that_did_not_make_it() -> None:
    by_turns = [_filing(place, 20 * MINUTE if place % 2 else HOUR) for place in range(200)]
    stuck = [_filing(200 + place, None) for place in range(60)]
    alike = [_filing(place, HOUR) for place in range(200)]
    for filings, holds in ((alike, True), (by_turns, False)):
        points = fixed_points(_samples([*filings, *stuck]), "A04", "one", "by stage", TABLES)
        assert (earliest(points, 0.9, 0.9) is not None) == holds, "half an hour is right on one half alone"


def test_both_kinds_find_what_stands_for_ever_and_nothing_else() -> None:
    samples = _samples(_field())
    counts = Counts(tuned(samples, NOW, TABLES), TABLES)
    counts.take(101, _field(100, 10))
    found = {one.by: one for one in compared(counts)}
    assert found.keys() == {*GRIDS, LEARNED, IN_OFFICE_HOURS}
    for one in found.values():
        assert one.level == 0.9
        assert one.precision is not None
        assert one.recall is not None
        assert (one.precision.value, one.recall.value) == (1, 1)
        assert one.delay_minutes is not None
        assert one.delay_minutes.value <= 30


def test_as_it_ships_nothing_is_overdue_before_the_configured_time() -> None:
    samples = _samples(_field())
    by_name = {(one.rule, one.by): one for one in deployed(samples.whole, NOW, TABLES)}
    [standing] = _stood(_filing(1, None)).awaited
    for by in ("as configured", LEARNED):
        assert by_name["A04", by].deadline(standing) == MONDAY + 2 * HOUR
    export = _filing(1, None, "A05")
    [waiting] = _stood(export).awaited
    assert by_name["A05", LEARNED].deadline(waiting) is None, "its goods have not arrived"
    inspected = replace(export, obligations=(Obligation("inspection", MONDAY + HOUR),))
    assert by_name["A05", LEARNED].deadline(_stood(inspected).awaited[1]) == MONDAY + HOUR, (
        "nothing was learned of these"
    )


def test_a_kind_that_does_not_come_so_far_holds_no_other_back() -> None:
    def at(office: str, filing: Watched) -> Watched:
        return replace(filing, silences=tuple(replace(one, office=office) for one in filing.silences))

    offices = [("2901", "2900")[place // 2 % 2] for place in range(900)] + ["2901", "2900"] * 45
    filings = [at(*each) for each in zip(offices, _field(), strict=True)]  # each office has its stuck ones in one half
    levels = {one.by: one.level for one in tuned(_samples(filings), NOW, TABLES) if one.rule == "A04"}
    assert (levels["fixed, one for all"], levels[LEARNED]) == (0.9, 0.9)
    assert levels.get("fixed, by office, direction and mode", 0) != 0.9


def test_what_is_not_as_good_as_the_learned_threshold_is_not_called_earlier_or_later() -> None:
    learned, worse = (
        Detector("A04", by, "by stage", "", lambda one: one.stay.began + HOUR, level=level)
        for by, level in ((LEARNED, 0.9), ("fixed, one for all", 0.85))
    )
    counts = Counts([learned, worse, worse._replace(by="another", level=0.9)], TABLES)
    counts.take(101, _field(100, 10))
    _, one, other = compared(counts)
    assert one.times_earlier is None
    assert other.times_earlier is not None


def test_a_trouble_that_nobody_heard_of_is_missed() -> None:
    detector = Detector("A04", LEARNED, "by stage", "", lambda _: MONDAY)
    counts = Counts([detector], TABLES)
    unheard = _filing(1, None)
    counts.take(101, [Watched(unheard.declaration, "cn", unheard.filed, (), unheard.troubles)])
    [one] = compared(counts)
    assert (one.troubles, one.alarms) == (1, 0)
    assert one.recall is not None
    assert one.recall.value == 0
