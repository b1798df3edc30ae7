"""Identical copies are all counted as duplicates, also where one changes which copy is kept; the state is the same."""

from datetime import timedelta

from msgspec.structs import replace
from tests.helpers.arrivals import channel

from clearance.events.partition.replay import Replay
from clearance.settings.tables import default_tables


def test_an_identical_copy_counts_also_where_it_came_another_way_or_earlier() -> None:
    first = channel("L")
    others = [
        replace(first, name="again"),
        replace(first, name="another way", organisation="another-broker"),
        replace(first, name="earlier", at=first.at - timedelta(hours=1)),
    ]
    replay = Replay(default_tables()).feed([first, *others])
    assert replay.duplicates == ["again", "another way", "earlier"]
    assert [len(view.timeline) for view in replay.views.values()] == [1]
