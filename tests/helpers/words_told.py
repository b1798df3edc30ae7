"""What is said of an anomaly."""

from tests.helpers.told import Told

from clearance.events.anomalies.clauses import Language
from clearance.events.anomalies.words import case_of, words
from clearance.settings.tables import default_tables


def told_of(told: Told, rule: str, language: Language = "en") -> str:
    """The words of the last anomaly of a rule."""
    one = [anomaly for anomaly in told.anomalies if anomaly.rule == rule][-1]
    return words(case_of(told.id, one, told.view.timeline), default_tables(), language)
