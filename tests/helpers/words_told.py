"""What is said of an anomaly."""

from tests.helpers.told import Told

from clearance.events.anomalies.clauses import Language
from clearance.events.anomalies.evidence import among
from clearance.events.anomalies.words import Case, words
from clearance.settings.tables import default_tables


def told_of(told: Told, rule: str, language: Language = "en") -> str:
    """The words of the last anomaly of a rule."""
    one = [anomaly for anomaly in told.anomalies if anomaly.rule == rule][-1]
    case = Case(
        declaration=told.id,
        rule=rule,
        says=one.says,
        about=one.about,
        opened_at=one.deadline,
        limit=one.limit,
        lines=among(told.view.timeline, one.receipts),
    )
    return words(case, default_tables(), language)
