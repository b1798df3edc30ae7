"""Whatever comes between and wherever a client begins again: the feed folds to what single answers say."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_changes import Json, Mirror, pages, shown
from tests.helpers.extent import examples

from clearance.api import feed

STORIES = ("held-then-released", "entry-number-first", "lasting-anomaly-acknowledged")
"""One that is held, one whose numbers become one, one with a command and an anomaly."""
FILTERS = ("status=inspection", "group=in_process", "rule=A07", "status=released&office=2900")


class Chosen(Mirror):
    """Of a filtered feed, whose numbers prove nothing."""

    def _change(self, one: Json) -> None:
        if one["kind"]["code"] in ("left", "gone", "merged"):
            self.states.pop(one["declaration"], None)


class Feed:
    """One client that reads now and then."""

    def __init__(self, client: Client, mirror: Mirror, wanted: str) -> None:
        self.client, self.mirror, self.wanted = client, mirror, wanted

    def page(self, limit: int, lost: bool) -> None:
        """The next page; one that is lost was not kept before the client began again."""
        begin = f"cursor={self.mirror.cursor}" if self.mirror.cursor else "from=start"
        page = next(pages(self.client, begin, f"limit={limit}&{self.wanted}"))
        if not lost:
            self.mirror.take(page)

    def finish(self) -> dict[str, Json]:
        """All that is left to be told."""
        self.mirror.follow(self.client, f"limit=3&{self.wanted}")
        return self.mirror.states


ARRIVES = st.tuples(st.just("arrives"), st.integers(0, len(STORIES) - 1), st.integers(1, 4))
READS = st.tuples(st.just("reads"), st.integers(0, len(FILTERS)), st.integers(1, 4), st.booleans())
STATES = st.tuples(st.sampled_from(["hold", "release"]))


@given(steps=st.lists(st.one_of(ARRIVES, READS, STATES), min_size=4, max_size=25))
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_feed_folds_to_what_single_answers_say(client: Client, system: System, steps: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feed, "WINDOW", 3)
        system.start_anew()
        coming = [iter(system.arrivals_of(story)) for story in STORIES]
        feeds = [Feed(client, Mirror(), ""), *(Feed(client, Chosen(), wanted) for wanted in FILTERS)]
        for what, *given in steps:
            play(system, coming, feeds, what, given)
        system.release_states()
        everything = shown(client)
        assert feeds[0].finish() == everything
        for one in feeds[1:]:
            listed = matching(client, one.wanted)
            assert one.finish() == {name: everything[name] for name in listed}, one.wanted


def play(system: System, coming: list[Any], feeds: list[Feed], what: str, given: list[Any]) -> None:
    if what == "arrives":
        story, count = given
        system.take([one for one, _ in zip(coming[story], range(count), strict=False)])
    elif what == "reads":
        which, limit, lost = given
        feeds[which].page(limit, lost)
    elif what == "hold":
        system.hold_states = True
    else:
        system.release_states()


def matching(client: Client, wanted: str) -> list[str]:
    """The declarations that match now, by their list, or by that of open anomalies."""
    if wanted.startswith("rule"):
        found = client.get(f"/v1/anomalies?{wanted}&limit=500").json()["anomalies"]
        return [one["declaration"] for one in found]
    return [one["id"] for one in client.get(f"/v1/declarations?{wanted}&limit=500").json()["declarations"]]
