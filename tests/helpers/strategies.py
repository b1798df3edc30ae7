"""What Hypothesis draws inputs from: any that our own processes could write."""

from datetime import UTC, datetime

from hypothesis import strategies as st
from tests.helpers.input_records import table, told

from clearance.events.log.inputs import BackfillEnd, Clock, Command, ExpectationsInput, FactsInput, Link, RelatedInput
from clearance.events.receipts.cap import HEAVIEST, light
from clearance.events.receipts.facts import Claim, Fact, Statement
from clearance.events.receipts.related import MOST, Counterpart
from clearance.events.values.particulars import Amount, Change, Contact, Decision, Fault, Limit, Place, Question
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

times = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 # Hypothesis's way
texts = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"]), max_size=20)
words = st.text("abcXYZ019", min_size=1, max_size=12)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
backfills = st.one_of(st.just(""), words)

NUMBERS = {
    "cn": {
        "unified": st.from_regex(r"[IE][0-9]{17}", fullmatch=True),
        "entry": st.from_regex(r"[0-9]{18}", fullmatch=True),
    },
    "uk": {},
}
KINDS = {
    role: {
        authority: [row.kind for row in default_tables().numbers.of[authority].values() if row.role in roles]
        for authority in ("cn", "uk")
    }
    for role, roles in {"any": {"primary", "alias", "search"}, "primary": {"primary"}, "alias": {"alias"}}.items()
}


@st.composite
def numbers(draw: st.DrawFn, authority: str, role: str = "any") -> str:
    """A number of an authority, `kind:value`."""
    kind = draw(st.sampled_from(KINDS[role][authority]))
    return f"{kind}:{draw(NUMBERS[authority].get(kind, words))}"


@st.composite
def statements(draw: st.DrawFn, acceptable: bool) -> Statement:
    """A statement; an `acceptable` one is as the tracker accepts it, any other as a user may send it."""
    time = draw(times).isoformat()
    named = {"organisation": draw(st.sampled_from(["acme", "rival"]))}
    bodies: dict[str, dict[str, str]] = {
        "transport_plan": {"cut_off_at": time, "departure_at": time, "vessel": draw(texts)},
        "mute": {"rule": "A07", "until": time},
        "acknowledge": {"rule": "A07", "deadline": time},
        "register": {},
        "answer_query": {},
        "grant": named,
        "withdraw_grant": named,
    }
    kind = draw(st.sampled_from([*bodies]))
    body = bodies[kind] if acceptable else draw(st.dictionaries(words, texts, max_size=3) | st.just(bodies[kind]))
    return Statement(draw(words), kind, draw(times), draw(texts), body)  # type: ignore[arg-type] # one of the kinds


particulars = st.one_of(
    st.builds(Fault, words, texts, texts, st.none() | st.integers(0, 9999), texts),
    st.builds(Amount, words, words, words),
    st.builds(Limit, times, texts),
    st.builds(Question, texts, st.none() | st.integers(0, 9999)),
    st.builds(Place, texts),
    st.builds(Contact, texts),
    st.builds(Decision, words, texts),
    st.builds(Change, texts, st.none() | st.integers(0, 9999), texts, texts),
)


@st.composite
def facts(draw: st.DrawFn, authority: str) -> Fact:
    systems = {"cn": ["cn-channel", "cn-declaration", "cn-epdp"], "uk": ["uk-dms"]}
    receipt = Receipt(
        draw(st.sampled_from(systems[authority])),
        draw(st.sampled_from(["7", "L", "P", "C", "01", "08", "?"])),
        draw(words),
        draw(st.none() | times),
        tuple(draw(st.lists(numbers(authority), max_size=4, unique=True))),
        draw(words),
        draw(texts),
        details=draw(st.dictionaries(words, texts, max_size=3)),
        particulars=tuple(draw(st.lists(particulars, max_size=3))),
        particulars_cut=draw(st.booleans()),
    )
    stamp = None if receipt.occurred_at else draw(st.none() | times)
    conversations = tuple(sorted(draw(st.sets(words, max_size=2))))
    fact = Fact(receipt, draw(times), draw(digests), stamp, conversations, heaviest=draw(st.integers(0, HEAVIEST)))
    return draw(st.sampled_from([fact, light(fact)]))


@st.composite
def facts_inputs(draw: st.DrawFn, authority: str) -> FactsInput:
    return FactsInput(
        at=draw(times),
        backfill=draw(backfills),
        receipts=tuple(draw(st.lists(facts(authority), max_size=3))),
        statements=tuple(draw(st.lists(statements(acceptable=True), max_size=2))),
        claims=tuple(draw(st.lists(claims(authority), max_size=2))),
        numbers=tuple(draw(st.lists(numbers(authority), max_size=3))),
        organisations=tuple(draw(st.lists(texts, max_size=2))),
    )


@st.composite
def claims(draw: st.DrawFn, authority: str) -> Claim:
    alias, primary = draw(numbers(authority, "alias")), draw(numbers(authority, "primary"))
    return Claim(f"{authority}:{alias}", f"{authority}:{primary}")


def _table(version: int) -> tuple[str, ExpectationsInput]:
    return "", told(table(version))


@st.composite
def related_inputs(draw: st.DrawFn, authority: str, key: str) -> RelatedInput:
    name = numbers(authority, "primary").map(lambda number: f"{authority}:{number}").filter(lambda one: one != key)
    shares = st.sampled_from([("bill",), ("goods",), ("bill", "goods")])
    others = st.builds(Counterpart, name, shares, times, st.booleans())
    named = tuple(draw(st.lists(others, max_size=MOST)))
    return RelatedInput(
        at=draw(times), filed_at=draw(times), possible_duplicate_of=named, refiles=draw(st.none() | others)
    )


AnyInput = Clock | BackfillEnd | ExpectationsInput | Link | FactsInput | Command | RelatedInput


@st.composite
def keyed_inputs(draw: st.DrawFn) -> tuple[str, AnyInput]:
    """A declaration id, "" for what speaks to a whole partition, and an input for it."""
    authority, at, backfill = draw(st.sampled_from(["cn", "uk"])), draw(times), draw(words)
    alias = f"{authority}:{draw(numbers(authority, 'alias'))}"
    primary = f"{authority}:{draw(numbers(authority, 'primary'))}"
    key = draw(st.sampled_from([alias, primary]))
    found: tuple[str, AnyInput] = draw(
        st.one_of(
            st.builds(lambda external: ("", Clock(at=at, external=external)), st.booleans()),
            st.just(("", BackfillEnd(at=at, backfill=backfill))) | st.builds(_table, st.integers(1, 9)),
            st.just((alias, Link(at=at, backfill=backfill, primary=primary))),
            facts_inputs(authority).map(lambda given: (key, given)),
            statements(acceptable=False).map(lambda one: (key, Command(at=at, statement=one))),
            related_inputs(authority, key).map(lambda given: (key, given)),
        )
    )
    return found
