"""Three incidents read aloud in `docs/incidents.md`, and every sentence of the table said once."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from clearance.contracts.tables import InvalidTable
from clearance.events.anomalies.clauses import Language
from clearance.events.incidents.groups import EVERYTHING, Group
from clearance.events.incidents.incident import Incident, Kind
from clearance.events.incidents.words import words
from clearance.events.tables.incident_words import load_incident_words
from clearance.events.tables.loading import TABLES as FOLDER
from clearance.settings.tables import default_tables

PAGE = Path(__file__).parents[3] / "docs" / "incidents.md"
TABLES = default_tables()
SINCE = datetime(2026, 3, 2, 2, 2, tzinfo=UTC)
OPENED = datetime(2026, 3, 2, 3, 20, tzinfo=UTC)


def incident(kind: Kind, group: Group, size: int, lift: float) -> Incident:
    return Incident(
        incident="9f2c51d07be3a846",
        authority="cn",
        kind=kind,
        group=group,
        since=SINCE,
        failing_since=SINCE,
        opened_at=OPENED,
        lift=lift,
        members=tuple(f"cn:unified:{nth}" for nth in range(size)),
        most=size,
    )


THREE = {
    "a chapter at an office": incident("stuck", (("chapter", "84"), ("office", "2901")), 300, 98.2),
    "the authority as a whole": incident("stuck", EVERYTHING, 1304, 92.0),
    "rejections of one broker": incident("rejected", (("broker", "3301980021"),), 27, 11.6),
}


@pytest.mark.parametrize("named", THREE)
@pytest.mark.parametrize("language", get_args(Language))
def test_the_page_shows_what_is_said(named: str, language: Language) -> None:
    assert f"> {words(THREE[named], TABLES, language)}\n" in PAGE.read_text(encoding="utf-8")


GROUPS: list[Group] = [EVERYTHING, *(((name, "84"),) for name in TABLES.incident_words.attributes)]


@pytest.mark.parametrize(("kind", "group", "language"), [*product(get_args(Kind), GROUPS, get_args(Language))])
def test_every_state_of_every_incident_has_its_words(kind: Kind, group: Group, language: Language) -> None:
    opened = incident(kind, group, 7, 9.0)
    closed = replace(opened, closed_at=OPENED)
    said = [words(one, TABLES, language) for one in (opened, closed, replace(closed, into="0000000000000001"))]
    assert len({*said}) == 3
    assert not any("{" in text for text in said)


def test_of_two_attributes_the_one_that_can_act_comes_first() -> None:
    assert "messages of format DEC_DATA and customs office 2901" in words(
        incident("stuck", (("format", "DEC_DATA"), ("office", "2901")), 7, 9.0), TABLES, "en"
    )


def test_an_attribute_without_sentences_is_refused(tmp_path: Path) -> None:
    for name in ("incident-words.csv", "incident-attributes.csv"):
        (tmp_path / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    with (tmp_path / "incident-attributes.csv").open("a", encoding="utf-8") as file:
        file.write("vessel,船舶{value},vessel {value}\n")
    with pytest.raises(InvalidTable, match=r"incident-attributes\.csv:7: incident-words\.csv says nothing for vessel"):
        load_incident_words(tmp_path)
