"""Whether a tracker may take the name that it was given: not while another tracker works under it.

A name stays in the group for a session after its tracker has ended, so that it gets its partitions back. That it is
there says nothing; that the progress of its partitions goes on does, if they are still its own: the session may run out
meanwhile, and another tracker goes on with them. What this look misses `stages/fencing.py` sees.
"""

from collections.abc import Collection
from contextlib import suppress
from threading import Event

from clearance.kafka.admin import Admin
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names
from clearance.settings import PREFIX, InvalidSetting

GROUP = "clearance-tracker"
"""The consumer group of trackers, before the suffix of an epoch."""
LOOKS, BETWEEN_SECONDS = 6, 0.5
"""Longer than a tracker at rest takes between two records of progress, which is a second and a tick."""


def require_free_name(bootstrap: str, names: Names, group: str, instance: str) -> None:
    """Takes some seconds if the name is in the group. Raises `InvalidSetting`."""
    if host := at_work(Admin(bootstrap), names, group, instance):
        raise InvalidSetting(
            f"{PREFIX}TRACKER_INSTANCE (--instance): a tracker named {instance} is at work on {host}: "
            "give each a name of its own, or stop that one first"
        )


def at_work(admin: Admin, names: Names, group: str, instance: str) -> str:
    """The host on which a tracker works under this name, as the broker writes it; "" if none does."""
    with suppress(BrokerError):  # nobody has joined yet, the coordinator has just come up, or we may not ask
        host, owned = _named(admin, names, group, instance)
        if _goes_on(admin, names.progress, owned) and owned & _named(admin, names, group, instance)[1]:
            return host
    return ""


def _named(admin: Admin, names: Names, group: str, instance: str) -> tuple[str, frozenset[int]]:
    """Where the member of that name is, and which partitions it has; none if it is not in the group."""
    for member in admin.members(group):
        if member.group_instance_id == instance:
            places = member.assignment.topic_partitions
            return member.host, frozenset(place.partition for place in places if place.topic == names.inputs)
    return "", frozenset()


def _goes_on(admin: Admin, topic: str, partitions: Collection[int]) -> bool:
    places, between = [(topic, number) for number in partitions], Event()
    before = admin.ends(places)
    for _ in range(LOOKS if partitions else 0):
        between.wait(BETWEEN_SECONDS)
        if admin.ends(places) != before:
            return True
    return False
