"""The hostile corpus: malformed, and well-formed but insane. Data; `test_hostile.py` says what must hold of it."""

from tests.hostile import insane, malformed
from tests.hostile.case import Cases

MALFORMED: Cases = malformed.cases()
INSANE: Cases = insane.cases()
CASES: Cases = MALFORMED | INSANE
