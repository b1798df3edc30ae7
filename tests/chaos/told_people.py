"""What people are told of incidents during a run, by mail and in a group: each step once, whoever was killed meanwhile.

The surprise: a notice on whose way the process was killed is not sent again. It is listed, as one of which nobody knows
whether it has gone out, and counts as told.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select
from tests.notices.told import Mailbox, MailServer, Robot, robot_server

from clearance.access import organisations, recipients
from clearance.access.database import opened
from clearance.access.recipients import Recipient
from clearance.access.schema import notices
from clearance.devbroker.local import free_port
from clearance.events.incidents.lookout import IncidentTold
from clearance.notices import outbox
from clearance.notices.incidents import INCIDENT
from clearance.settings import load
from clearance.settings.clock import utc_now
from clearance.store.errors import StoreError
from clearance.testing.oracle import Findings

from .incidents import last_of
from .outage import SENDER, names

ORGANISATION, RULE = "chaos", "A04"
"""They see what stands still for a while, and are told of it as an incident before its anomalies are severe."""
WAYS = {"email": "desk@chaos.example", "feishu": "0123456789abcdef"}
ADDRESS = re.compile(r"/v1/incidents/([0-9a-f]+)")
SETTLED = {"sent", "uncertain", "dropped"}


class Step(NamedTuple):
    """Of an incident: that it opened, or that it is over."""

    incident: str
    closed: bool


@dataclass
class People:
    """Where they are told: a mail server and a robot, which listen within `listening`."""

    mail_port: int = field(default_factory=free_port)
    robot_port: int = field(default_factory=free_port)
    mailbox: Mailbox = field(default_factory=Mailbox)
    robot: Robot = field(init=False)

    @property
    def settings(self) -> Mapping[str, str]:
        """Of the process that tells them."""
        return {
            "CLEARANCE_SMTP_SERVER": "127.0.0.1",
            "CLEARANCE_SMTP_PORT": str(self.mail_port),
            "CLEARANCE_SMTP_SECURITY": "none",
            "CLEARANCE_NOTICES_ROBOT_URL": f"http://127.0.0.1:{self.robot_port}",
            "CLEARANCE_NOTICES_API_URL": "https://chaos.example",
            "CLEARANCE_NOTICES_METRICS_PORT": "0",
        }

    @contextmanager
    def listening(self) -> Iterator[None]:
        server = MailServer(self.mailbox, hostname="127.0.0.1", port=self.mail_port)
        server.start()
        try:
            with robot_server(self.robot_port) as self.robot:
                yield
        finally:
            server.stop()

    def added(self, store: str) -> bool:
        """Whether they are recipients now: as soon as there is a store."""
        with suppress(StoreError), opened(load(database_url=store)) as access:
            organisations.add(access, ORGANISATION, ORGANISATION, utc_now())
            organisations.identify(access, ORGANISATION, f"connection:{SENDER}")
            for channel, address in WAYS.items():
                one = {"organisation": ORGANISATION, "severity": "high", "rules": (RULE,)}
                recipient = Recipient(id=channel, channel=channel, address=address, added_at=utc_now(), **one)  # type: ignore[arg-type]
                recipients.add(access, recipient)
            return True
        return False

    def texts(self) -> list[str]:
        """All that has come to them; what came twice is there twice."""
        letters = [str(one.get_content()) for one in self.mailbox.letters]
        return sorted(letters + [body["content"]["text"] for _, body in self.robot.asked])

    def told(self, channel: str) -> Counter[Step]:
        """How often each step was told there."""
        if channel == "email":
            texts = [(str(one["Subject"]), one.get_content()) for one in self.mailbox.letters]
        else:
            texts = [(text := body["content"]["text"], text) for _, body in self.robot.asked]
        return Counter(
            Step(name, title.startswith("[closed]")) for title, text in texts for name in ADDRESS.findall(text)
        )


def are_looked_after(store: str, names: Iterable[str] = WAYS) -> bool:
    """Whether it is known of each from where on what happens is news."""
    with opened(load(database_url=store)) as access:
        return all(outbox.position(access, name) for name in names)


def look_on(store: str) -> str:
    """Add somebody who is looked after when all others have been: the id."""
    with opened(load(database_url=store)) as access:
        one = Recipient(
            id="looks-on", organisation=ORGANISATION, channel="email", address=WAYS["email"], added_at=utc_now()
        )
        recipients.add(access, one)
    return one.id


def noted(store: str, channel: str) -> Mapping[Step, str]:
    """What became of each step: `sent`, `uncertain`, …"""
    with opened(load(database_url=store)) as access, access.connect() as connection:
        rows = connection.execute(select(notices).where(notices.c.recipient == channel)).all()
    return {_step(row.change): row.state for row in rows if row.matter.startswith(INCIDENT)}


def _step(change: str) -> Step:
    name, state = change.split(" ")
    return Step(name, state == "closed")


def wanted_of(steps: Sequence[IncidentTold]) -> dict[str, bool]:
    """Of which incidents people are to know in the end, those with a member that they see, and whether each is over."""
    seen, last = names(), last_of(steps).items()
    shown = (
        (name, one) for name, one in last if one.kind == "stuck" and not one.into and not seen.isdisjoint(one.members)
    )
    return {name: one.closed_at is not None for name, one in shown}


def is_settled(store: str, steps: Sequence[IncidentTold]) -> bool:
    """Whether nothing of it is left to be told."""
    wanted = {Step(name, closed) for name, closed in wanted_of(steps).items()}
    held = [noted(store, channel) for channel in WAYS]
    return all(wanted <= {*one} and {*one.values()} <= SETTLED for one in held)


def compare_told(people: People, store: str, steps: Sequence[IncidentTold], found: Findings) -> int:
    """No step twice, and each that matters once; how many notices were sent."""
    count = 0
    for channel in WAYS:
        told, states = people.told(channel), noted(store, channel)
        count += told.total()
        found.wrong += [f"notice of {one} {times} times to {channel}" for one, times in told.items() if times > 1]
        found.unasked += [f"notice of {one} to {channel}" for one in told if one.incident not in last_of(steps)]
        for name, closed in wanted_of(steps).items():
            step = Step(name, closed)
            if states.get(step) not in SETTLED or (states[step] == "sent" and not told[step]):
                found.lost.append(f"notice of {step} to {channel}, which is {states.get(step)}")
    return count
