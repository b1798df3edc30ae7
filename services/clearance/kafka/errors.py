"""The one error of this package."""


class BrokerError(Exception):
    """The broker, or a topic on it, cannot be used. The text is one line: what is wrong and what to do."""
