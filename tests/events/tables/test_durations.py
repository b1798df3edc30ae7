"""How long a declaration may stand still: the defaults of the catalogue, office hours, and a user's own file."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from tests.helpers.arrivals import DAY, EXPORT, HOUR, MINUTE, SECOND, channel, planned, sent
from tests.helpers.authorities import copy_tables, load_copy
from tests.helpers.told import Told

from clearance.contracts.tables import InvalidTable
from clearance.events.tables.durations import BASES, Kind
from clearance.events.tables.loading import load_tables
from clearance.events.tables.tables import Tables
from clearance.settings.tables import authorities, default_tables, tables_with

# domain.md §4.2. A line reads `rules [authority] [direction] [basis]: after [working] severity, …`.
DEFAULTS = """
    A02 A06 A15 A27 A28 A29 A30: 0 high
    A08: 0 critical
    A10 A19 A20 A21: 0 medium
    A16 A17 A22 A23: 0 info
    A01: 10min high
    A03 cn: 15min high
    A04 cn: 2h medium, 8h working high
    A05 cn import: 4h medium, 24h high
    A05 cn export arrival: 4h medium, 24h high
    A05 uk: 4h medium, 24h high
    A07: 0 high, 24h high, 72h critical
    A09: 24h medium, 12d high
    A09 limit: -3d medium, 0 critical
    A10 limit: 0 medium, -1d high, 0 critical
    A11 cut_off: -6h critical
    A12 cut_off: 0 critical
    A13 limit: -7d medium, 0 high
    A13 cn departure: 7d medium, 15d high
    A13 cn: 14d medium
    A13 uk departure: 7d medium, 15d high
    A14: 28d medium
    A18: 24h info
    A31 cn: 10d medium, 15d high
    A32: 0 critical
    A33: 0 high
"""
UNITS = {"min": MINUTE, "h": HOUR, "d": DAY}
Level = tuple[timedelta, bool, str]
Where = tuple[str, str, str, str]
"""Rule, authority, direction ("" if not known), basis."""

AUTHORITIES, DIRECTIONS, MODES = ("cn", "uk"), ("import", "export", ""), ("sea", "air", "")


def written() -> dict[Where, list[Level]]:
    found: dict[Where, list[Level]] = {}
    for line in DEFAULTS.strip().splitlines():
        head, _, tail = line.strip().partition(": ")
        words = head.split()
        authorities = [word for word in words if word in AUTHORITIES] or AUTHORITIES
        directions = [word for word in words if word in DIRECTIONS] or DIRECTIONS
        basis = next((word for word in words if word in BASES), "since")
        for rule in (word for word in words if word.startswith("A")):
            for authority, direction in product(authorities, directions):
                found[rule, authority, direction, basis] = [_level(one) for one in tail.split(", ")]
    return found


def _level(text: str) -> Level:
    after, *working, severity = text.split()
    number = after.rstrip("minhd")
    return int(number) * UNITS.get(after[len(number) :], MINUTE), working == ["working"], severity


def shipped(tables: Tables, mode: str) -> dict[Where, list[Level]]:
    found: dict[Where, list[Level]] = {}
    for rule, authority, direction in product(tables.rules, AUTHORITIES, DIRECTIONS):
        for basis, levels in tables.levels(rule, Kind(authority, direction, mode)):
            assert [level.number for level in levels] == [*range(1, len(levels) + 1)]
            found[rule, authority, direction, str(basis)] = [
                (level.after, level.calendar is not None, level.severity) for level in levels
            ]
    return found


@pytest.mark.parametrize("mode", MODES)
def test_has_the_thresholds_of_the_catalogue(mode: str) -> None:
    assert shipped(default_tables(), mode) == written()


WORKING = {
    "cn": [  # 08:30 to 17:30 in Beijing, Monday to Friday
        ("2026-03-02T00:30", 8 * HOUR, "2026-03-02T08:30"),
        ("2026-03-02T00:30", 9 * HOUR, "2026-03-02T09:30"),
        ("2026-03-02T00:30", 9 * HOUR + SECOND, "2026-03-03T00:30:01"),
        ("2026-03-02T09:30", MINUTE, "2026-03-03T00:31"),
        ("2026-03-01T20:00", MINUTE, "2026-03-02T00:31"),
        ("2026-03-06T08:30", 8 * HOUR, "2026-03-09T07:30"),
        ("2026-03-07T04:00", HOUR, "2026-03-09T01:30"),
        ("2026-03-02T00:30", 45 * HOUR, "2026-03-06T09:30"),
        ("2026-03-02T00:30", 46 * HOUR, "2026-03-09T01:30"),
        ("2026-02-13T08:30", 8 * HOUR, "2026-02-14T07:30"),  # a Saturday that is worked
        ("2026-02-14T08:30", 8 * HOUR, "2026-02-24T07:30"),  # nine days off
        ("2026-12-31T08:30", 8 * HOUR, "2026-12-31T23:00"),  # 2027 is not known: from its midnight in Beijing on
        ("2031-03-02T00:30", 45 * HOUR, "2031-03-03T21:30"),
    ],
    "uk": [  # the same hours in London
        ("2026-03-02T08:30", 9 * HOUR, "2026-03-02T17:30"),
        ("2026-03-02T08:00", HOUR, "2026-03-02T09:30"),
        ("2026-03-06T17:00", HOUR, "2026-03-09T09:00"),
        ("2026-03-06T16:30", HOUR, "2026-03-06T17:30"),
        ("2026-03-08T12:00", 9 * HOUR, "2026-03-09T17:30"),
        ("2026-04-02T16:30", 2 * HOUR, "2026-04-07T09:30"),  # Easter
    ],
}


@pytest.mark.parametrize(
    ("authority", "start", "working", "end"), [(name, *case) for name, cases in WORKING.items() for case in cases]
)
def test_counts_office_hours_only(authority: str, start: str, working: timedelta, end: str) -> None:
    calendar = default_tables().calendars[authority]
    assert calendar.add(_utc(start), working) == _utc(end)
    assert calendar.between(_utc(start), _utc(end)) == working


def test_tells_of_which_years_all_hours_were_counted() -> None:
    calendar = default_tables().calendars["cn"]
    assert calendar.unknown_years(_utc("2026-03-02T00:30"), _utc("2026-12-31T15:59")) == []
    assert calendar.unknown_years(_utc("2030-12-31T00:30"), _utc("2030-12-31T16:00")) == [2030, 2031]


def test_an_office_may_have_hours_of_its_own(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path / "tables")
    with (tables / "cn" / "calendar.csv").open("a", encoding="utf-8") as file:
        file.write("8,1-7,00:00,23:59,around the clock,2233\n")
    path = tables / "cn" / "calendar.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{head},office", f"{rows[0]},*", *rows[1:], ""]), encoding="utf-8")
    loaded = load_copy(tables)
    deadlines = {
        office: loaded.levels_of("A04", "cn", {"office": office})[0][1][1].deadline(_utc("2026-03-06T09:00"))
        for office in ("2233", "2201")
    }
    assert deadlines == {"2233": _utc("2026-03-06T17:01"), "2201": _utc("2026-03-09T08:00")}


def test_an_office_with_hours_of_its_own_is_a_known_one(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path / "tables")
    path = tables / "cn" / "calendar.csv"
    path.write_text(
        "office,utc_offset_hours,weekdays,opens,closes,source\n*,8,1-5,08:30,17:30,own\n0001,8,1-5,08:30,17:30,own\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidTable, match=r"calendar\.csv:3: office '0001' is none that is known"):
        load_copy(tables)


OWN_HOURS = "authority,office,utc_offset_hours,weekdays,opens,closes,source\n"


def with_hours(tmp_path: Path, rows: str) -> Tables:
    path = tmp_path / "hours.csv"
    path.write_text(f"{OWN_HOURS}{rows}\n", encoding="utf-8")
    return load_tables(authorities(), calendar=path)


def test_an_operator_has_office_hours_of_his_own(tmp_path: Path) -> None:
    loaded, shipped = with_hours(tmp_path, "cn,3101,8,1-7,08:00,20:00,own"), default_tables()
    told = {office: loaded.levels_of("A04", "cn", {"office": office})[0][1][1] for office in ("3101", "2201")}
    late = _utc("2026-03-06T09:30")  # half past five on a Friday in Beijing
    assert told["3101"].deadline(late) == _utc("2026-03-07T05:30")
    assert told["2201"].deadline(late) == shipped.levels_of("A04", "cn", {})[0][1][1].deadline(late)
    assert loaded.version != shipped.version


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("cn,0001,8,1-5,08:00,20:00,own", "office '0001' is none that is known"),
        ("fr,*,8,1-5,08:00,20:00,own", "authority 'fr' is not installed; there are cn, uk"),
        ("cn,3101,8,1-5,21:00,20:00,own", "closes: must be later than opens"),
        ("cn,3101,8,1-5,08:00,20:00,own\ncn,3101,8,1-6,08:00,20:00,own", "stands already in line 2"),
    ],
)
def test_refuses_office_hours_that_cannot_be(row: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidTable, match=rf"hours\.csv:{row.count(chr(10)) + 2}: .*{why}"):
        with_hours(tmp_path, row)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_does_not_count_the_weekend() -> None:
    friday_afternoon = 4 * DAY + 7 * HOUR + 30 * MINUTE  # 16:30 in Beijing: one hour is left
    told = Told(channel("L", friday_afternoon), until=10 * DAY).of("A04")
    assert [opened for opened, _, _ in told] == [friday_afternoon + 2 * HOUR, 7 * DAY + 6 * HOUR + 30 * MINUTE]


def test_counts_from_the_later_of_review_and_arrival() -> None:
    early = planned(MINUTE, declaration="cn:unified:" + EXPORT, arrived_at=-HOUR)
    assert Told(channel("J", number=EXPORT), early, until=5 * HOUR).of("A05") == [(4 * HOUR, "medium", "open")]


def test_moves_a_deadline_with_the_time_it_counts_from() -> None:
    name = "cn:unified:" + EXPORT
    told = Told(channel("P", number=EXPORT), planned(15 * DAY, declaration=name, departure_at=13 * DAY), until=21 * DAY)
    assert told.of("A13") == [(14 * DAY, "medium", "moved"), (20 * DAY, "medium", "open")]


HEADER = "rule,authority,direction,transport_mode,basis,level,after,calendar,severity,source\n"
OWN = """\
A05,*,*,*,since,1,PT9H,always,info,own
A05,cn,*,*,since,1,PT8H,always,medium,own
A05,cn,*,*,since,2,PT10H,always,high,own
A05,cn,import,air,since,1,PT1H,always,critical,own
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(HEADER + OWN, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("traf_mode", "levels"), [("5", [(HOUR, "critical")]), ("2", [(8 * HOUR, "medium"), (10 * HOUR, "high")])]
)
def test_prefers_the_most_specific_row(own: Path, traf_mode: str, levels: list[tuple[timedelta, str]]) -> None:
    reviewed = [sent("C", -HOUR, mode=traf_mode), channel("7", -MINUTE), channel("J")]
    told = Told(*reviewed, until=DAY, durations=own)
    assert [(opened, severity) for opened, severity, _ in told.of("A05")] == levels


def test_falls_back_to_the_row_for_any(own: Path) -> None:
    [(_, [level])] = tables_with(own).levels("A05", Kind("uk", "import", "air"))
    assert (level.after, level.severity) == (9 * HOUR, "info")


def test_lays_a_file_of_the_operators_over_the_shipped_tables(own: Path) -> None:
    tables = tables_with(own)
    assert tables.levels("A04", Kind("cn")) == default_tables().levels("A04", Kind("cn"))
    assert [level.after for _, levels in tables.levels("A05", Kind("cn", "import")) for level in levels] == [
        8 * HOUR,
        10 * HOUR,
    ]
    assert tables.version != default_tables().version


def test_the_name_of_the_operators_file_makes_no_other_version(own: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(own.read_bytes())
    assert tables_with(elsewhere).version == tables_with(own).version


BY_OFFICE = """\
A04,cn,*,*,import,since,PT3H
A04,cn,29,*,*,since,PT4H
A04,cn,2901,*,*,since,PT5H
A04,cn,*,3101910000,*,since,PT6H
A04,cn,2901,9131010000X,import,since,PT7H
"""
OFFICES: list[tuple[dict[str, str], int]] = [
    ({"direction": "import"}, 3),
    ({"direction": "export"}, 2),
    ({"office": "2902"}, 4),
    ({"office": "2901"}, 5),
    ({"office": "29015"}, 5),
    ({"office": "2201", "direction": "import"}, 3),
    ({"office": "2901", "trade_code": "3101910000"}, 6),
    ({"office": "2901", "trade_code": "3101910000", "agent_scc": "9131010000X"}, 6),
    ({"office": "2901", "agent_scc": "9131010000X", "direction": "import"}, 7),
    ({"office": "2901", "agent_scc": "9131010000X", "direction": "export"}, 5),
    ({"office": "2901", "agent_name": "3101910000"}, 5),
]


@pytest.fixture
def by_office(tmp_path: Path) -> Tables:
    path, head = tmp_path / "own.csv", "rule,authority,office,organisation,direction,basis,after"
    rows = [f"{line},1,always,high,own" for line in BY_OFFICE.splitlines()]
    path.write_text("\n".join([f"{head},level,calendar,severity,source", *rows, ""]), encoding="utf-8")
    return tables_with(path)


@pytest.mark.parametrize(("details", "hours"), OFFICES)
def test_goes_by_office_and_organisation(by_office: Tables, details: dict[str, str], hours: int) -> None:
    [(_, [first, *_])] = by_office.levels_of("A04", "cn", details)
    assert first.after == hours * HOUR


def test_tells_apart_no_more_kinds_than_rows_name(by_office: Tables) -> None:
    for number in range(1000):
        by_office.levels_of("A04", "cn", {"office": f"22{number}", "trade_code": f"{number}"})
    assert len(by_office._levels) == 1


BROKEN = {
    "A99,*,*,*,since,1,PT1H,always,high,own": "rule A99 is not in rules.csv",
    "A24,*,*,*,since,1,PT1H,always,high,own": "rule A24 is not raised",
    "A05,*,*,*,since,2,PT1H,always,high,own": "levels must count 1, 2, 3",
    "A05,*,*,*,since,1,PT9H,always,info,own\nA05,*,*,*,since,2,PT9H,always,high,own": "must come later",
    "A05,*,*,*,since,1,PT9H,always,info,own\nA05,*,*,*,since,1,PT8H,always,info,own": "stands already in line 2",
    "A05,*,*,zeppelin,since,1,PT1H,always,high,own": "transport_mode",
    "A05,fr,*,*,since,1,PT9H,always,info,own": "authority 'fr' is not installed; there are cn, uk",
    "A05,*,*,*,since,1,PT1H,always,high,own,2901": "the number of cells differs from the header",
    "A05,*,*,*,since,1,soon,always,high,own": "after: 'soon' is no ISO 8601 duration, such as PT45M",
    "A05,*,*,*,since,1,-PT1H,always,high,own": "only what counts by a limit or a cut-off may come before it",
    "A11,*,*,*,cut_off,1,-PT6H,working,high,own": "office hours are counted forwards only",
    "A05,*,*,*,limit,1,PT0S,always,high,own\nA05,*,*,*,limit,2,-PT1H,always,high,own": "must come later",
}


@pytest.mark.parametrize("rows", BROKEN)
def test_refuses_a_broken_file_and_names_the_line(rows: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(HEADER + rows + "\n", encoding="utf-8")
    with pytest.raises(InvalidTable, match=rf"own\.csv:{rows.count(chr(10)) + 2}: .*{BROKEN[rows]}"):
        tables_with(path)


OFFICE_HEADER = "rule,authority,office,basis,level,after,calendar,severity,source\n"
BROKEN_OFFICES = {
    "A05,cn,0001,since,1,PT1H,always,high,own": "office '0001' is none that cn is known to have",
    "A05,uk,2901,since,1,PT1H,always,high,own": "office '2901' is none that uk is known to have",
    "A05,*,2901,since,1,PT1H,always,high,own": "office: say whose it is, in the column authority",
    "A05,cn,somewhere,since,1,PT1H,always,high,own": "office: String should match pattern",
}


@pytest.mark.parametrize("row", BROKEN_OFFICES)
def test_refuses_an_office_that_nobody_knows(row: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"{OFFICE_HEADER}{row}\n", encoding="utf-8")
    with pytest.raises(InvalidTable, match=rf"own\.csv:2: .*{BROKEN_OFFICES[row]}"):
        tables_with(path)


def test_refuses_an_unknown_column(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(OFFICE_HEADER.strip() + ",port\nA05,cn,2901,since,1,PT1H,always,high,own,x\n", encoding="utf-8")
    with pytest.raises(InvalidTable, match=r"own\.csv:2: port: Extra inputs are not permitted"):
        tables_with(path)


def test_two_shipped_tables_may_not_say_the_same(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path / "tables")
    with (tables / "rules" / "durations.csv").open("a", encoding="utf-8") as file:
        file.write("A03,cn,*,*,since,1,PT5M,always,high,own\n")
    with pytest.raises(InvalidTable, match=r"durations\.csv:2: durations\.csv:\d+ is for the same declarations"):
        load_copy(tables)
