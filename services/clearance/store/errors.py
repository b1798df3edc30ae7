"""The errors of this package, apart so that whoever names them does not load a database."""


class StoreError(Exception):
    """The store cannot be used. The text is one line: which store, what is wrong, what to do; never a password."""


class PartlyAnew(StoreError):
    """Some topics that the store was made from are others now: nobody but a person knows what that means."""


class StoreAway(StoreError):
    """The database does not answer, or another holds it, or the store is not made yet; it may be there soon."""


class QuestionEnded(Exception):
    """A question was ended before it was answered: its time was over, or nobody waited any more."""
