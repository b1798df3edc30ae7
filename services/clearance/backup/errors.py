"""How a backup or a restore does not come about."""

from clearance.operations.errors import OperationRefused


class BackupRefused(OperationRefused):
    """The text is one line: what is in the way, and what to do."""
