"""How an archive cannot be written or read."""

from clearance.kafka.errors import BrokerError


class ArchiveError(BrokerError):
    """The log, as far as it lies in files, cannot be used. The text is one line: what is wrong and what to do."""
