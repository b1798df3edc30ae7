"""The end of a process without a farewell: a tidy shutdown would write more, or wait for what hangs."""

import os
import sys
from typing import NoReturn

FAILED = 70
"""The exit code of an error of our own (EX_SOFTWARE); a supervisor starts the process again."""
WRONG_USE = 2
"""The exit code of what starting again does not mend."""


def leave(code: int) -> NoReturn:
    """End at once, from any thread, with the log written out."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
