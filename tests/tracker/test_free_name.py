"""A name under which another tracker works is refused; one that is only still in the group is not."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.settings import InvalidSetting
from clearance.tracker import free_name
from clearance.tracker.free_name import require_free_name

Ends = Mapping[tuple[str, int], int]


def member(name: str, *partitions: int) -> Any:
    """As confluent_kafka describes a member of a group."""
    places = [SimpleNamespace(topic=BASE.inputs, partition=number) for number in partitions]
    return SimpleNamespace(
        group_instance_id=name, host="/10.0.0.7", assignment=SimpleNamespace(topic_partitions=places)
    )


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets who is in the group, and how far their progress goes on from one look to the next."""

    def consists_of(members: Sequence[Any], step: int = 0, then: Sequence[Any] | None = None) -> None:
        looks, asked = iter(range(100)), iter([members])

        class Asked:
            def __init__(self, _: str) -> None: ...

            def members(self, _: str) -> Sequence[Any]:
                if not members:
                    raise BrokerError("nobody has joined yet")
                return next(asked, members if then is None else then)

            def ends(self, places: Sequence[tuple[str, int]]) -> Ends:
                at = next(looks) * step
                return dict.fromkeys(places, at)

        monkeypatch.setattr(free_name, "Admin", Asked)
        monkeypatch.setattr(free_name, "BETWEEN_SECONDS", 0.0)

    return consists_of


def test_it_is_refused_while_the_progress_of_its_partitions_goes_on(group: Callable[..., None]) -> None:
    group([member("port-2", 2), member("port-1", 0, 1)], step=1)
    with pytest.raises(InvalidSetting, match=r"a tracker named port-1 is at work on /10.0.0.7: give each a name"):
        require_free_name("", BASE, "clearance-tracker", "port-1")


@pytest.mark.parametrize(
    ("members", "step"),
    [([], 1), ([member("port-2", 0)], 1), ([member("port-1", 0)], 0), ([member("port-1")], 1)],
    ids=["nobody has joined", "another is at work", "it was killed", "it has no partitions"],
)
def test_it_is_free_else(members: Sequence[Any], step: int, group: Callable[..., None]) -> None:
    group(members, step)
    require_free_name("", BASE, "clearance-tracker", "port-1")


def test_it_is_free_if_another_goes_on_with_what_it_had(group: Callable[..., None]) -> None:
    """The session of a tracker that was killed runs out while its name is looked at."""
    group([member("port-1", 0), member("port-2", 1)], step=1, then=[member("port-2", 0, 1)])
    require_free_name("", BASE, "clearance-tracker", "port-1")
