"""What the store answers is what was folded, on SQLite and on PostgreSQL alike."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import fmean, median
from statistics import quantiles as shares
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select
from tests.api.incidents import incident_of
from tests.api.system import PARTITIONS, RECORDINGS, System
from tests.helpers.arrivals import MONDAY, receipt, unified
from tests.helpers.extent import examples

from clearance.events.anomalies.ledger import anomaly_id
from clearance.events.receipts.facts import OF
from clearance.events.receipts.routing import message_id
from clearance.events.values.buckets import QUANTILES_WITHIN
from clearance.kafka.clients import partition_of
from clearance.store import change_queries, incident_queries, message_queries, quantiles, queries, totals
from clearance.store import viewer as viewer_module
from clearance.store.parties import named
from clearance.store.reader import Reader, reading
from clearance.store.rows import Finding, Meant, Place, WantedAnomalies, WantedDeclarations, WantedIncidents
from clearance.store.schema import declarations, parties, spans, tallies
from clearance.store.tallies import DIMENSIONS
from clearance.store.tally_writes import tally
from clearance.store.totals import Totals
from clearance.store.viewer import EVERYBODY, Viewer

SHARED = [HealthCheck.function_scoped_fixture]
HELD = "cn:unified:E20260004010000003"
ALL = WantedDeclarations()


@pytest.fixture
def system(engine: Engine) -> System:
    return System(engine)


def test_a_declaration_is_answered_with_its_record_and_version(system: System, engine: Engine) -> None:
    system.play("held-then-released")
    with reading(engine, EVERYBODY) as reader:
        found = reader.declaration(HELD)
        assert reader.declaration("cn:unified:E20260004010000099") is None
    assert found is not None
    assert (found.status, found.group, found.direction, found.open) == ("released", "cleared", "export", True)
    assert found.since == datetime(2026, 3, 3, 0, 10, tzinfo=UTC)
    assert found.record.startswith(b"{")


def test_a_number_gives_the_primary_of_whoever_carries_it(system: System, engine: Engine) -> None:
    system.play("entry-number-first", "one-entry-number-two-declarations")
    with reading(engine, EVERYBODY) as reader:
        for meant in (Meant("", "", "290120260650000027"), Meant("cn", "entry", "290120260650000027")):
            assert reader.carriers([meant], 5) == ["cn:unified:E20260004010000027"]
        assert reader.carriers([Meant("uk", "", "290120260650000027")], 5) == []
        assert reader.carriers([Meant("", "bill", "290120260650000027")], 5) == []
        both = reader.carriers([Meant("", "", "290120261650000028")], 5)
        assert both == ["cn:unified:I20260004010000028", "cn:unified:I20260004010000128"]
        assert reader.carriers([Meant("", "", "290120261650000028")], 1) == both[:1]
        assert reader.carried(both, ["290120261650000028"]) == {(one, "entry:290120261650000028") for one in both}
        assert reader.primary_of("cn:entry:290120260650000027") == "cn:unified:E20260004010000027"
        assert reader.primary_of(both[0]) == both[0]
        assert reader.primary_of("cn:unified:unknown") == "cn:unified:unknown"


def test_lists_go_down_and_up_from_a_place_and_meet(system: System, engine: Engine) -> None:
    system.take(receipt("L", seq=unified(number)) for number in range(9))
    with engine.begin() as connection:  # rows of one batch have one time: the id decides
        connection.execute(declarations.update().values(applied_at=MONDAY))
    with reading(engine, EVERYBODY) as reader:
        down = reader.newest(ALL, None, 100)
        assert [row.id for row in down] == sorted((row.id for row in down), reverse=True)
        middle = Place(down[4].applied_at, down[4].id)
        assert reader.newest(ALL, middle, 2) == down[5:7]
        assert reader.changed(ALL, middle, 2) == [down[3], down[2]]


def test_a_list_holds_what_is_wanted_and_no_pointers(system: System, engine: Engine) -> None:
    system.play("held-then-released", "rejected-and-left", "entry-number-first", "uk-export-exits")
    with reading(engine, EVERYBODY) as reader:
        every = reader.newest(ALL, None, 100)
        assert not [row.id for row in every if row.id.startswith("cn:entry:")]
        for wanted, holds in (
            (WantedDeclarations(statuses=("released", "rejected")), lambda row: row.status in ("released", "rejected")),
            (WantedDeclarations(statuses=("released",)), lambda row: row.status == "released"),
            (WantedDeclarations(statuses=()), lambda row: False),
            (WantedDeclarations(office="2901", direction="export"), lambda row: row.office == "2901"),
            (WantedDeclarations(open=False), lambda row: not row.open),
            (WantedDeclarations(updated_since=every[1].applied_at), lambda row: row.applied_at >= every[1].applied_at),
        ):
            assert reader.newest(wanted, None, 100) == [row for row in every if holds(row)]


def test_anomalies_are_found_by_id_and_listed_by_limit_then_newest_first(system: System, engine: Engine) -> None:
    system.play("held-then-released", "suspended-and-waiting", "stuck-submitted", "two-step-completion-missing")
    with reading(engine, EVERYBODY) as reader:
        every = reader.anomalies(WantedAnomalies(), None, 100)
        assert every == sorted(every, key=_listed)
        for one in every:
            assert one.id == anomaly_id(one.declaration, one.rule, one.opened_at)
            assert reader.anomaly(one.id) == one
            assert {line.receipt_id for line in one.lines} == {*one.receipts}
        for place, one in enumerate(every):
            assert reader.anomalies(WantedAnomalies(), one.place, 100) == every[place + 1 :]
        resolved = WantedAnomalies(states=("resolved",), rules=("A07",), severities=("high",))
        assert [one.declaration for one in reader.anomalies(resolved, None, 100)] == [HELD]
        assert reader.anomaly("0" * 24) is None


def _listed(one: Finding) -> tuple[object, ...]:
    return one.limit is None, one.limit or MONDAY, -one.opened_at.timestamp()


def test_what_became_of_a_command_is_found_by_its_id(system: System, engine: Engine) -> None:
    system.play("command-to-an-alias", "lasting-anomaly-acknowledged")
    told = {
        name.rpartition(OF)[2]: result for state in system.states() for name, result in state.ledger.results.items()
    }
    assert {result.outcome for result in told.values()} >= {"accepted", "refused"}
    with reading(engine, EVERYBODY) as reader:
        for name, result in told.items():
            [one] = reader.outcomes(name)
            if result.outcome != "forwarded":
                assert (one.command_id, one.outcome, one.reason) == (name, result.outcome, result.reason)
        assert reader.outcomes("unknown") == []


def test_the_messages_of_a_declaration_are_its_first_copies_and_those_of_its_aliases(
    system: System, engine: Engine
) -> None:
    system.play("entry-number-first", "entry-number-first")
    with reading(engine, EVERYBODY) as reader:
        found = reader.messages("cn:unified:E20260004010000027", 100)
        assert {one.declaration.split(":")[1] for one in found} == {"entry", "unified"}
        assert len({one.message_id for one in found}) == len(found)
        assert [one.received_at for one in found] == sorted(one.received_at for one in found)
        assert reader.messages("cn:unified:E20260004010000027", 1) == found[:1]
        for one in found:
            record = system.log[one.partition][one.offset]
            assert (message_id(record.value), len(record.value)) == (one.message_id, one.size)
            assert all(before.value != record.value for before in system.log[one.partition][: one.offset])
            assert reader.message("cn:unified:E20260004010000027", one.message_id) == one
            assert reader.message(HELD, one.message_id) is None
            assert reader.copies(one.message_id) == [one]
            assert not one.shared


BOTH = ["uk:mrn:26GBSYN00000000064", "uk:mrn:26GBSYN00000000164"]


def test_a_message_is_shared_if_it_speaks_of_another_declaration(system: System, engine: Engine) -> None:
    system.play("uk-two-declarations-in-one-notification")
    with reading(engine, EVERYBODY) as reader:
        one, other = ([each for each in reader.messages(name, 9) if each.shared] for name in BOTH)
        assert {each.message_id for each in one} == {each.message_id for each in other} != set()
        for each in one:
            assert {copy.declaration for copy in reader.copies(each.message_id)} == {*BOTH}


def test_the_progress_of_each_partition_is_told(system: System, engine: Engine) -> None:
    system.pass_time(MONDAY)
    with reading(engine, EVERYBODY) as reader:
        found = reader.progress()
    assert [one.partition for one in found] == list(range(PARTITIONS))
    assert {one.stream_time for one in found} == {MONDAY}


@settings(max_examples=examples(20), deadline=None, suppress_health_check=SHARED)
@given(
    lengths=st.lists(st.tuples(st.sampled_from(["2901", "3101"]), st.integers(0, 10**6)), min_size=1, max_size=20),
    running=st.lists(st.integers(0, 10**6), max_size=9),
    given_up=st.integers(0, 3),
)
def test_quantiles_are_those_of_the_sorted_values(
    system: System, engine: Engine, lengths: list[tuple[str, int]], running: list[int], given_up: int
) -> None:
    system.start_anew()
    fill(engine, lengths, running, given_up)
    with reading(engine, EVERYBODY) as reader:
        [whole] = reader.clearance_times([])
        by_office = reader.clearance_times(["office"])
    ended = [seconds for _, seconds in lengths]
    assert (whole.span, whole.n, whole.open, whole.left_out) == ("release", len(ended), len(running), given_up)
    assert whole.mean == pytest.approx(fmean(ended))
    assert [whole.median, whole.p90] == pytest.approx([median(ended), p90(ended)], rel=QUANTILES_WITHIN)
    if running:
        assert whole.open_since is not None
        assert 0 <= median(running) - (whole.open_since - MONDAY).total_seconds() < 60
    else:
        assert whole.open_since is None
    for office in {office for office, _ in lengths}:
        [one] = [one for one in by_office if one.group == (office,)]
        here = [seconds for where, seconds in lengths if where == office]
        assert [one.n, one.median] == pytest.approx([len(here), median(here)], rel=QUANTILES_WITHIN)


def p90(values: list[int]) -> float:
    return shares(values, n=10, method="inclusive")[8] if len(values) > 1 else values[0]


def fill(engine: Engine, lengths: list[tuple[str, int]], running: list[int], given_up: int) -> None:
    rows: list[tuple[str, datetime, float | None, bool]] = [
        *((office, MONDAY, float(seconds), False) for office, seconds in lengths),
        *(("", MONDAY + timedelta(seconds=seconds), None, True) for seconds in running),
        *(("", MONDAY, None, False) for _ in range(given_up)),
    ]
    with engine.begin() as connection:
        connection.execute(delete(spans))
        connection.execute(delete(tallies))
        connection.execute(delete(declarations))
        for number, (office, begun_at, seconds, still_open) in enumerate(rows):
            connection.execute(declarations.insert(), [blank(str(number), office)])
            span = {"declaration": str(number), "span": "release", "begun_at": begun_at, "seconds": seconds}
            group = {"authority": "", "office": office, "direction": "", "transport_mode": ""}
            rows_of_spans = [{**span, "open": still_open, **group}]
            connection.execute(spans.insert(), rows_of_spans)
            tally(connection, [], rows_of_spans)


def blank(name: str, office: str) -> dict[str, object]:
    """A row of a declaration of which nothing but the office matters."""
    text = {column.name: "" for column in declarations.columns if column.type.python_type is str}
    rest = {
        "partition": 0,
        "epoch": 0,
        "src": 0,
        "seq": 0,
        "open": True,
        "applied_at": MONDAY,
        "record": b"",
        "parts": b"",
    }
    return {**text, **rest, "id": name, "office": office}


def test_every_dimension_can_be_asked_for_and_a_period_is_a_cohort(system: System, engine: Engine) -> None:
    system.play("held-then-released", "uk-export-exits", "entry-number-first")
    with reading(engine, EVERYBODY) as reader:
        whole = {one.span: one.n for one in reader.clearance_times([])}
        found = reader.clearance_times(list(DIMENSIONS))
        for span, n in whole.items():
            assert sum(one.n for one in found if one.span == span) == n
        assert reader.clearance_times([], until=datetime(2000, 1, 1, tzinfo=UTC)) == []
        assert {one.span: one.n for one in reader.clearance_times([], datetime(2000, 1, 1, tzinfo=UTC))} == whole


MESSAGE = message_id((RECORDINGS / "held-then-released" / "001-declared.xml").read_bytes())
STRANGER = Viewer("a stranger")
AT = partition_of(HELD.encode(), PARTITIONS)
QUESTIONS: dict[str, tuple[object, ...]] = {
    "declaration": (HELD,),
    "declarations": ([HELD],),
    "carriers": ([Meant("", "", "E20260004010000003")], 5),
    "carriers_of_each": (["E20260004010000003"], 5),
    "carried": ([HELD], ["E20260004010000003"]),
    "newest": (ALL, None, 5),
    "changed": (ALL, Place(datetime(2000, 1, 1, tzinfo=UTC), ""), 5),
    "anomalies": (WantedAnomalies(), None, 5),
    "changed_anomalies": (WantedAnomalies(), Place(datetime(2000, 1, 1, tzinfo=UTC), ""), 5),
    "anomaly": (anomaly_id(HELD, "A07", datetime(2026, 3, 2, 2, tzinfo=UTC)),),
    "incidents": (WantedIncidents(True), None, 5),
    "incident": ("a" * 16,),
    "incident_members": ("a" * 16, 5),
    "members_seen": (["a" * 16],),
    "incidents_with": ([HELD],),
    "outcomes": ("ack-0051-1",),
    "messages": (HELD, 5),
    "message": (HELD, MESSAGE),
    "copies": (MESSAGE,),
    "clearance_times": ([],),
    "times_of_cohort": ("closure", {"authority": "cn"}),
    "primary_of": ("cn:entry:290120260650000003",),
    "totals": (),
    "settled_by_rule": (MONDAY,),
    "size_bytes": (),
    "progress": (),
    "expectations": (),
    "last_batch": (),
    "heads": (),
    "purged_before": (),
    "settled": (AT, 0, 99),
    "happened": (AT, 0, 99, 5),
    "later": (HELD, 1),
    "named_since": ([HELD],),
    "lost_since": ([HELD],),
    "ids_after": ("", 5),
    "ids_by": (["connection:demo-broker"], [], "", 5),
}
"""One question of each sort that has an answer."""
TELLS_NO_DECLARATION = {"size_bytes", "progress", "expectations", "last_batch", "heads", "purged_before", "settled"}
OF_IDENTIFIERS = {"named_since", "lost_since", "ids_by"}
"""Asked of identifiers that a viewer has or had, and not of a viewer."""


def test_every_question_of_the_reader_has_a_case() -> None:
    assert {name for name in vars(Reader) if not name.startswith("_")} - {"viewer"} == set(QUESTIONS)


@pytest.mark.parametrize("question", sorted(QUESTIONS.keys() - TELLS_NO_DECLARATION - OF_IDENTIFIERS))
def test_who_is_not_everybody_is_told_nothing(question: str, system: System, engine: Engine) -> None:
    """Whatever question forgets its viewer tells a stranger what it tells everybody."""
    system.play("held-then-released", "lasting-anomaly-acknowledged")
    system.incident(incident_of(HELD))
    with reading(engine, EVERYBODY) as open_to_all, reading(engine, STRANGER) as closed:
        told = getattr(open_to_all, question)(*QUESTIONS[question])
        hidden = getattr(closed, question)(*QUESTIONS[question])
    empty: object = Totals({}, {}, 0) if question == "totals" else type(hidden)()
    if question == "primary_of":
        empty = "cn:entry:290120260650000003"  # itself, as of a number that nobody knows
    assert told != hidden
    assert hidden in (empty, None)


ASKED = (queries, change_queries, incident_queries, message_queries, quantiles, totals)
LIMITED = [
    (module, name)
    for module in ASKED
    for name, one in vars(module).items()
    if inspect.isfunction(one) and one.__module__ == module.__name__ and "viewer" in inspect.signature(one).parameters
    if not name.startswith("_")
]
"""Every function that answers a question for a viewer."""


def told_to(reader: Reader) -> set[str]:
    """The questions that are answered with anything."""
    nothing = {"totals": Totals({}, {}, 0), "primary_of": QUESTIONS["primary_of"][0]}
    answers = {
        name: getattr(reader, name)(*given)
        for name, given in QUESTIONS.items()
        if name not in TELLS_NO_DECLARATION | OF_IDENTIFIERS
    }
    return {name for name, answer in answers.items() if answer and answer != nothing.get(name)}


def test_every_question_has_a_function_that_is_limited() -> None:
    asked = {f"{name}s": f"{name}s_of" for name in ("anomalie", "declaration", "incident", "message")}
    asked["incident_members"] = "members_of"
    assert {asked.get(name, name) for name in QUESTIONS.keys() - TELLS_NO_DECLARATION - OF_IDENTIFIERS} == {
        name for _, name in LIMITED
    }


def test_whichever_question_forgets_its_viewer_tells_a_stranger(
    system: System, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.play("held-then-released", "lasting-anomaly-acknowledged")
    system.incident(incident_of(HELD))
    with reading(engine, STRANGER) as reader:
        assert told_to(reader) == set()
        for module, name in LIMITED:
            with monkeypatch.context() as patched:
                patched.setattr(module, name, forgetful(getattr(module, name)))
                assert told_to(reader) != set(), name


def forgetful(question: Callable[..., Any]) -> Callable[..., Any]:
    return lambda connection, viewer, *given: question(connection, EVERYBODY, *given)


@pytest.mark.parametrize("most", [viewer_module.FEW, 0], ids=["few", "many"])
def test_whoever_is_named_is_told_all(
    system: System, engine: Engine, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """By either way of a list. Clearance times tell an organisation nothing of so few."""
    monkeypatch.setattr(viewer_module, "FEW", most)
    system.play("held-then-released", "lasting-anomaly-acknowledged", "entry-number-first")
    system.incident(incident_of(HELD))
    party = Viewer("acme", ("connection:demo-broker",))
    with reading(engine, EVERYBODY) as open_to_all, reading(engine, party) as own:
        for question, given in QUESTIONS.items():
            if question not in ("clearance_times", "times_of_cohort", "named_since", "lost_since"):
                assert getattr(own, question)(*given) == getattr(open_to_all, question)(*given), question
        assert own.clearance_times([]) == [one for one in open_to_all.clearance_times([]) if one.n + one.open >= 5]
        assert own.times_of_cohort("closure", {"authority": "cn"}) is None


def test_a_pointer_is_seen_with_what_it_leads_to(system: System, engine: Engine) -> None:
    system.play("entry-number-first")
    pointer, primary = "cn:entry:290120260650000027", "cn:unified:E20260004010000027"
    with engine.begin() as connection:
        connection.execute(delete(parties).where(parties.c.declaration == pointer))
    party = Viewer("acme", ("connection:demo-broker",))
    with reading(engine, EVERYBODY) as open_to_all, reading(engine, party) as own:
        assert own.primary_of(pointer) == primary
        assert own.carriers([Meant("", "", "290120260650000027")], 5) == [primary]
        assert own.declaration(pointer) == open_to_all.declaration(pointer) is not None
        assert own.messages(primary, 9) == open_to_all.messages(primary, 9) != []
        assert own.anomalies(WantedAnomalies(), None, 99) == open_to_all.anomalies(WantedAnomalies(), None, 99)


def test_who_sees_the_pointer_only_is_not_told_where_it_leads(system: System, engine: Engine) -> None:
    system.play("entry-number-first")
    pointer, primary = "cn:entry:290120260650000027", "cn:unified:E20260004010000027"
    with engine.begin() as connection:
        connection.execute(delete(parties).where(parties.c.declaration == primary))
    with reading(engine, Viewer("acme", ("connection:demo-broker",))) as own:
        assert own.primary_of(pointer) == pointer
        assert own.carriers([Meant("", "", "290120260650000027")], 5) == [pointer]
        assert own.declaration(primary) is None


def test_parties_are_known_by_their_codes_connections_and_grants() -> None:
    named_ones = {
        "agent": {"code": "3501 ", "scc": "91350100m000100y43", "name": "A"},
        "owner": {"code": "3501"},
        "trade": {},
    }
    assert named(named_ones, ("acme", ""), ("acme-exports",)) == (
        "connection:acme",
        "customs:3501",
        "organisation:acme-exports",
        "uscc:91350100M000100Y43",
    )


def test_a_party_that_stays_keeps_the_place_since_which_it_is_one(system: System, engine: Engine) -> None:
    """What comes later changes other rows; one that is named no more goes."""
    system.play("held-then-released")
    place = {"seq": 77}
    gone = {"declaration": HELD, "identifier": "uscc:NAMED-NO-MORE", **place}
    with engine.begin() as connection:
        connection.execute(parties.update().where(parties.c.declaration == HELD).values(place))
        connection.execute(parties.insert(), gone)
        connection.execute(declarations.update().where(declarations.c.id == HELD).values(parts=b""))
    system.take([receipt("R", seq="E20260004010000003")])
    with engine.connect() as connection:
        rows = connection.execute(select(parties).where(parties.c.declaration == HELD)).all()
    since = {row.identifier: row.seq for row in rows}
    assert since.pop("connection:demo-broker") == 77
    assert gone["identifier"] not in since
    assert 77 not in since.values()
