"""The one error of this package, apart so that whoever names it does not load a database."""


class StoreError(Exception):
    """The store cannot be used. The text is one line: which store, what is wrong, what to do; never a password."""
