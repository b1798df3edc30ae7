"""Which threads of a process come first where there are fewer cores than work."""

import os
import sys
import threading

NICE = 5
"""A third of the time of a thread that does not give way, if both always want to run."""
NICEST = 19


def give_way() -> None:
    """Let this thread run behind the others of the process. Only Linux orders threads; elsewhere nothing changes."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, min(os.getpriority(os.PRIO_PROCESS, thread) + NICE, NICEST))
