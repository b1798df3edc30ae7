"""A topic that was deleted and made again stops what relied on it, with what to do."""

import signal
from dataclasses import replace as other
from pathlib import Path

import pytest
from msgspec.structs import replace

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.names import BASE, EPOCHS
from clearance.kafka.wire import progress_record
from clearance.stages.log_checks import CannotContinue

from .by_hand import AT, ByHand
from .running import MADE_ANEW, Tracker
from .stories import folded, run, standing


@pytest.mark.parametrize(
    ("topic", "remedy"),
    [
        (BASE.events, "the events that it held are gone: delete declaration-events, .* fold the log anew"),
        (BASE.status, "the states that it held are gone: delete declaration-events, .* fold the log anew"),
        (BASE.dead_letters, "delete tracker-progress, run `clearance topics` and start again: .* writes them again"),
        (BASE.set_aside, "`clearance dlq add` it, then delete declaration-events, .* fold the log anew"),
        (EPOCHS, "`clearance epoch switch` to it, delete tracker-progress, run `clearance topics` and start again"),
    ],
)
def test_a_restore_from_what_belongs_to_the_topic_before_it_is_refused(
    topic: str, remedy: str, broker: EmbeddedBroker, partition: int
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        await folded(hand, partition, key)
        another = other(hand.identity, topic_ids={**hand.identity.topic_ids, topic: "another"})
        with pytest.raises(CannotContinue, match=rf"^{topic} was deleted and made again, .*{remedy}"):
            await hand.restore(partition, identity=another)

    run(broker, partition, story)


def test_a_tracker_looks_while_it_runs(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    tracker = Tracker(embedded_broker.bootstrap, tmp_path, program=(MADE_ANEW, BASE.events))
    tracker.start()
    try:
        assert tracker.ended() == 2
    finally:
        tracker.end(signal.SIGKILL)
    words = tracker.last_words
    assert words["event"] == "cannot_continue"
    assert words["reason"].startswith("declaration-events was deleted and made again, and the events that it held are")


@pytest.mark.parametrize("told", [{}, {BASE.progress: "another"}], ids=["nothing", "progress"])
def test_topics_of_which_nothing_is_known_are_taken_as_they_are(
    told: dict[str, str], broker: EmbeddedBroker, partition: int
) -> None:
    """As after an upgrade. And the topic of progress cannot tell of the one before it."""

    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key)
        await hand.write(BASE.progress, partition, progress_record(replace(owned.progress(AT), topic_ids=told)))
        found = (await hand.restore(partition)).owned
        assert standing(found) == standing(owned)
        assert found.progress(AT).topic_ids == hand.identity.topic_ids

    run(broker, partition, story)
