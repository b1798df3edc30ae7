"""The ways in which an operation does not come about. Each text is one line for the person who asked."""


class OperationRefused(Exception):
    """It cannot be done as it was asked for, and nothing was changed."""


class NotCaughtUp(OperationRefused):
    """Readers are not switched to an epoch that is behind, unless they are forced to."""


class FoldedMeanwhile(Exception):
    """The tracker has folded an input while it was being set aside; the line was taken back."""
