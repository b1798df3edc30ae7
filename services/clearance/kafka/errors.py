"""The errors of this package."""


class BrokerError(Exception):
    """The broker, or a topic on it, cannot be used. The text is one line: what is wrong and what to do."""


class NoBroker(BrokerError):
    """Nobody answers there; a broker may be on its way."""
