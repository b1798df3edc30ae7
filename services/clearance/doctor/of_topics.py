"""Are the topics there, and as their cards say?"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from clearance.contracts.cards import Card
from clearance.doctor.checks import About
from clearance.doctor.installation import Installation
from clearance.kafka.names import epoch_of
from clearance.kafka.policies import differing, is_half_restored, is_sealed, policies
from clearance.kafka.topics import made_anew, made_by
from clearance.stages.log_checks import CannotContinue, check_log
from clearance.tracker.restore_checks import anew, means

CLEANUP = ("cleanup.policy", "min.compaction.lag.ms")
RETENTION = ("retention.ms", "retention.bytes")
WITHOUT_LIMIT = {"retention.bytes": "-1"}
"""A topic whose records are kept for a time must not lose them by size before; Kafka's own default has no limit."""


def missing(here: Installation) -> Iterator[About]:
    for name in here.cards:
        if name not in here.cluster.topics:
            yield {"topic": name, "by": made_by(epoch_of(name))}


def partitions(here: Installation) -> Iterator[About]:
    for name, card in here.cards.items():
        if (found := len(here.cluster.topics[name].partitions)) != card.partitions:
            yield {
                "topic": name,
                "found": str(found),
                "asked": str(card.partitions),
                "by": made_by(epoch_of(name)),
            }


def half_restored(here: Installation) -> Iterator[About]:
    """All at once: whoever mends them one by one starts on half a log."""
    if found := [topic for topic, values in _differing_in(here) if is_half_restored(values)]:
        yield {"count": str(len(found)), "topic": found[0]}


def sealed(here: Installation) -> Iterator[About]:
    """What lets them take records again breaks the move."""
    for topic, values in _differing_in(here):
        if is_sealed(values):
            yield {"topic": topic}


def cleanup(here: Installation) -> Iterator[About]:
    return _otherwise(here, lambda name: name in CLEANUP)


def retention(here: Installation) -> Iterator[About]:
    return _otherwise(here, lambda name: name in RETENTION)


def settings(here: Installation) -> Iterator[About]:
    return _otherwise(here, lambda name: name not in CLEANUP + RETENTION)


def anew_since(here: Installation) -> Iterator[About]:
    """Topics that have other ids than when the tracker told its progress."""
    told = [{**one.topic_ids} for one in here.latest.progress.values()]
    for ids in told:
        ids.pop(here.names.progress, None)  # made anew it only has the log folded again
    found = {name for ids in told if (name := made_anew(ids, here.identity.topic_ids)) is not None}
    for name in sorted(found):
        yield {"topic": name, "means": means(here.names, name)}


def broken(here: Installation) -> Iterator[About]:
    """Partitions whose log does not go on where its progress ends, as a tracker would find when it starts."""
    check = partial(check_log, progress_topic=here.names.progress, stage="tracker", anew=anew(here.names))
    for number, told in here.latest.progress.items():
        try:
            check(here.latest.inputs[number], told)
        except CannotContinue as error:
            yield {"said": str(error)}


def _otherwise(here: Installation, names: Callable[[str], bool]) -> Iterator[About]:
    """Settings of those names that differ from the cards."""
    for topic, values in _differing_in(here):
        if not (is_half_restored(values) or is_sealed(values)):
            for name, (is_now, asked) in values.items():
                if names(name):
                    yield {"topic": topic, "name": name, "found": is_now, "asked": asked, "servers": here.bootstrap}


def _differing_in(here: Installation) -> Iterator[tuple[str, Mapping[str, tuple[str, str]]]]:
    """Each topic with its settings that differ from the card: what they are, and what is asked for."""
    for topic, found in here.topic_settings.items():
        yield topic, _differing(here.cards[topic], found)


def _differing(card: Card, found: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    limit = WITHOUT_LIMIT if card.cleanup_policy == "delete" else {}
    return differing(policies(card) | limit, found)
