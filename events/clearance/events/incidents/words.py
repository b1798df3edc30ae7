"""An incident as a person would say it: what happened, who must act, what to do. Pure.

Names its public attributes and how many, never a member. Times are those of the authority's office.
"""

from clearance.events.anomalies.clauses import Language
from clearance.events.anomalies.words import BETWEEN, STOP, local
from clearance.events.incidents.incident import Incident
from clearance.events.tables.incident_words import IncidentRow
from clearance.events.tables.tables import Tables

AND = {"zh": "、", "en": " and "}


def words(incident: Incident, tables: Tables, language: Language) -> str:
    """The incident in one language, as it is: open, over, or part of another."""
    row = _row(incident, tables)
    named = {
        "authority": incident.authority,
        "shared": shared(incident, tables, language),
        "since": local(incident.since, incident.authority, tables),
        "size": len(incident.members),
        "lift": round(incident.lift),
        "into": incident.into,
    }
    said, done = (row.zh, row.do_zh) if language == "zh" else (row.en, row.do_en)
    return BETWEEN[language].join((said.format_map(named), done)) + STOP[language]


def shared(incident: Incident, tables: Tables, language: Language) -> str:
    """What its members have in common, the attribute first that says who must act."""
    named, values = tables.incident_words.attributes, dict(incident.group)
    texts = [
        (row.zh if language == "zh" else row.en).format_map({"value": values[name]})
        for name, row in named.items()
        if name in values
    ]
    return AND[language].join(texts) or incident.authority


def _row(incident: Incident, tables: Tables) -> IncidentRow:
    sentences, names = tables.incident_words
    state = "merged" if incident.into else "closed" if incident.closed_at else "opened"
    about = next((name for name in names if name in dict(incident.group)), "") if state == "opened" else ""
    return sentences[state, incident.kind, about]
