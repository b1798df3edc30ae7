"""Whether a tracker may take the name that it was given: not while another tracker works under it.

A name stays in the group for a session after its tracker has ended, so that it gets its partitions back. That it is
there says nothing; that the progress of its partitions goes on does. What this look misses `stages/fencing.py` sees.
"""

from threading import Event

from clearance.kafka.admin import Admin
from clearance.kafka.names import Names
from clearance.settings import PREFIX, InvalidSetting

LOOKS, BETWEEN_SECONDS = 6, 0.5
"""Longer than a tracker at rest takes between two records of progress, which is a second and a tick."""


def require_free_name(bootstrap: str, names: Names, group: str, instance: str) -> None:
    """Takes some seconds if the name is in the group. Raises `InvalidSetting`, and `BrokerError`."""
    admin, between = Admin(bootstrap), Event()
    for member in admin.members(group):
        if member.group_instance_id != instance:
            continue
        owned = [place.partition for place in member.assignment.topic_partitions if place.topic == names.inputs]
        before = admin.ends(names.progress, owned)
        for _ in range(LOOKS if owned else 0):
            between.wait(BETWEEN_SECONDS)
            if admin.ends(names.progress, owned) != before:
                raise InvalidSetting(
                    f"{PREFIX}TRACKER_INSTANCE (--instance): a tracker named {instance} is at work on {member.host}: "
                    "give each a name of its own, or stop that one first"
                )
