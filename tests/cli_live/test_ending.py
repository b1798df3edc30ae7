"""A signal ends what waits for it, wherever in its waiting it comes."""

import subprocess
import sys

HAMMERED = """
import os, signal, threading
from clearance.cli.ending import Ending

ending = Ending()

def hammer():
    for _ in range(5_000):
        os.kill(os.getpid(), signal.SIGINT)

sender = threading.Thread(target=hammer)
assert not ending.wait(0)
sender.start()
while sender.is_alive():
    ending.wait(0)
assert ending.wait(0), "it stays told"
print("ended")
"""


def test_a_signal_in_the_midst_of_a_wait_hangs_nothing() -> None:
    told = subprocess.run([sys.executable, "-c", HAMMERED], capture_output=True, text=True, timeout=60)  # noqa: S603
    assert (told.stdout, told.stderr) == ("ended\n", "")
