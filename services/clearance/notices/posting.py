"""A message goes out by the channel of its recipient."""

from clearance.access.recipients import Recipient, channels
from clearance.notices.mail import Mailer
from clearance.notices.messages import Message
from clearance.notices.outcomes import Outcome
from clearance.notices.robots import Robots
from clearance.settings import Settings


class Posting:
    """By the settings; `close` it, since it keeps connections."""

    def __init__(self, settings: Settings) -> None:
        self._mailer, self._robots = Mailer(settings), Robots(settings.notices_robot_url)

    def close(self) -> None:
        self._robots.close()

    def send(self, recipient: Recipient, message: Message, message_id: str) -> Outcome:
        """Send one message; it raises nothing."""
        if channels()[recipient.channel].letter == "mail":
            return self._mailer.send(recipient, message, message_id)
        return self._robots.send(recipient, message)
