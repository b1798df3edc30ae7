"""Since when a group fails: the first failure after which its share is farthest from the usual one."""

from collections.abc import Sequence
from datetime import datetime

from clearance.events.incidents.likelihood import Part, surprise
from clearance.events.incidents.waits import Wait


def onset(waits: Sequence[Wait], share: float, now: datetime) -> Sequence[Wait]:
    """Those judged from then on, of waits in the order in which they were judged; none where none is stuck.

    `share` is what usually fails.
    """
    farthest, first, failed = 0.0, len(waits), 0
    for nth in range(len(waits) - 1, -1, -1):
        if waits[nth].stuck(now):
            failed, judged = failed + 1, len(waits) - nth
            far = surprise(Part(failed, judged, judged * share)) if failed > judged * share else 0.0
            if far >= farthest:
                farthest, first = far, nth
    return waits[first:]
