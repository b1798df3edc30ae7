"""An anomaly as a person would say it: what is wrong, where, how much, until when, what to do. Pure.

What is stored names the sentence and what it speaks of; the words are made here, for whoever shows them, from
`tables/finding-words.csv` and `tables/clauses.csv`. Times are those of the authority's office.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from clearance.events.anomalies.clauses import Clauses, Language, quoted
from clearance.events.anomalies.evidence import among, note
from clearance.events.anomalies.ledger import ALL_HOURS, LEARNED, TABLE, Anomaly
from clearance.events.standing.timeline import Entry
from clearance.events.tables.finding_words import SentenceRow
from clearance.events.tables.tables import Tables
from clearance.events.values.times import parse_utc

OF_STATUSES = frozenset({"stage", "missing"})
"""What of `about` are names of statuses, several with spaces between them."""
OF_TIMES = frozenset({"silent_since"})
"""What of it are times."""
BETWEEN, STOP = {"zh": "；", "en": ". "}, {"zh": "。", "en": "."}
LISTED = {"zh": "、", "en": ", "}


class Case(Struct, frozen=True):
    """What the words are made of: an anomaly of a declaration, and the lines of the timeline that it rests on."""

    declaration: str
    rule: str
    says: str
    about: dict[str, str]
    opened_at: datetime
    limit: datetime | None
    lines: tuple[Entry, ...]


def case_of(declaration: str, anomaly: Anomaly, timeline: Iterable[Entry]) -> Case:
    """An anomaly of a state, with the timeline of its declaration."""
    return Case(
        declaration=declaration,
        rule=anomaly.rule,
        says=anomaly.says,
        about=anomaly.about,
        opened_at=anomaly.deadline,
        limit=anomaly.limit,
        lines=among(timeline, anomaly.receipts),
    )


def words(case: Case, tables: Tables, language: Language) -> str:
    """The anomaly in one language; "" for a rule of a newer tracker. What the authority wrote is quoted as it is."""
    sentences = tables.finding_words.sentences
    row = sentences.get((case.rule, case.says)) or sentences.get((case.rule, ""))
    if row is None:
        return ""
    parts = [_upper(part) for part in (_found(case, row, tables, language), *_more(case, row, tables, language))]
    return BETWEEN[language].join(parts) + STOP[language]


def _clauses(case: Case, tables: Tables, language: Language) -> Clauses:
    authority = tables.authorities.get(_authority(case))
    return Clauses(tables.finding_words, language, authority.named_codes if authority else {})


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _found(case: Case, row: SentenceRow, tables: Tables, language: Language) -> str:
    clauses = _clauses(case, tables, language)
    told = {name: local(parse_utc(at), _authority(case), tables) for name, at in case.about.items() if name in OF_TIMES}
    named = {name: _named(name, value, tables, clauses) for name, value in (case.about | told).items()}
    return (row.zh if language == "zh" else row.en).format_map(_Known(named))


class _Known(dict[str, str]):
    """What an anomaly of an earlier version does not name is a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def _named(name: str, value: str, tables: Tables, clauses: Clauses) -> str:
    if name in OF_STATUSES:
        return LISTED[clauses.language].join(_status(one, tables, clauses.language) for one in value.split())
    return clauses.of(value) if value in clauses.rows and name in ("before", "now") else value


def _status(name: str, tables: Tables, language: Language) -> str:
    row = tables.codes.statuses.get(name)
    return name if row is None else row.zh if language == "zh" else row.en


def _more(case: Case, row: SentenceRow, tables: Tables, language: Language) -> Iterator[str]:
    clauses = _clauses(case, tables, language)
    if "stage" in case.about and "{stage}" not in row.en:
        yield clauses.of("after", stage=_named("stage", case.about["stage"], tables, clauses))
    yield from clauses.told(case.lines, case.about.get("reference", ""))
    yield from _quote(case, tables, clauses)
    if TABLE in case.about:
        yield clauses.of("learned", **{name: case.about[name] for name in LEARNED})
    if ALL_HOURS in case.about:
        yield clauses.of(ALL_HOURS, years=case.about[ALL_HOURS])
    if case.limit is not None:
        yield clauses.of(_until(case, case.limit, tables), limit=local(case.limit, _authority(case), tables))
    yield row.do_zh if language == "zh" else row.do_en


def _until(case: Case, limit: datetime, tables: Tables) -> str:
    """The clause of a limit; that of a plan is its cut-off, before which the release has to come."""
    passed = case.opened_at >= limit
    if tables.rules[case.rule].watches == "plan":
        return "cut_off_passed" if passed else "cut_off"
    return "passed" if passed else "limit"


def _quote(case: Case, tables: Tables, clauses: Clauses) -> Iterator[str]:
    """The officer's note, unless the particulars say it already; where a receipt says nothing what its code means."""
    written = note(case.lines)
    if _says_more(written, quoted(case.lines)):
        yield clauses.of("note", note=written)
    elif (
        not written
        and case.lines
        and tables.rules[case.rule].watches == "code"
        and not any(line.particulars for line in case.lines)
    ):
        last = case.lines[-1]
        yield clauses.of("means", means=last.zh if clauses.language == "zh" else last.en)


def _says_more(written: str, said: set[str]) -> bool:
    """Whether a note says anything beside what is said: it may be made of several statements."""
    for text in sorted(said, key=len, reverse=True):
        written = written.replace(text, "") if text else written
    return any(char.isalnum() for char in written)


def _authority(case: Case) -> str:
    return case.declaration.partition(":")[0]


def local(at: datetime, name: str, tables: Tables) -> str:
    """By the clock of the authority's office, which is named; `name` is that of the authority."""
    authority = tables.authorities.get(name)
    offset = authority.calendar.offset if authority and authority.calendar else timedelta()
    hours = int(offset / timedelta(hours=1))
    return f"{at + offset:%Y-%m-%d %H:%M} UTC{f'{hours:+d}' if hours else ''}"
