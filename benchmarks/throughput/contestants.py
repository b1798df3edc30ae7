"""Who takes part: a command each, the group that it commits for, and the topics that it needs besides."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clearance.devbroker.local import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
QUIX_PYTHON = ROOT / ".tools" / "quix" / "bin" / "python"
"""Made by `make bench`, from quix.txt."""
END_SECONDS = 60.0
CODECS = ("zstd", "lz4", "snappy", "gzip")


@dataclass(frozen=True)
class Contestant:
    """`workers` processes of `command`, in which bootstrap, port and folder are filled in; `group` is their group.

    `changelog` is a compacted topic of its own that must be there before it starts, "" if none. `compression` is that
    of the log that it reads, and of what it writes if it is ours. `same_values`: what it writes must be the same byte
    for byte, else only of the same names.
    """

    group: str
    command: tuple[str, ...]
    workers: int = 1
    changelog: str = ""
    compression: str = "none"
    same_values: bool = True

    @contextmanager
    def running(self, bootstrap: str, log: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
        """Its processes while the block runs; what they say goes to `log`."""
        sources = os.pathsep.join(str(ROOT / one) for one in ("contracts", "events", "services"))
        environment = {
            **os.environ,
            "PYTHONPATH": os.environ.get("PYTHONPATH", sources),
            "CLEARANCE_KAFKA_COMPRESSION": self.compression,
        }
        started: list[subprocess.Popen[bytes]] = []
        with log.open("ab") as said:
            try:
                for _ in range(self.workers):
                    command = [
                        one.format(bootstrap=bootstrap, port=free_port(), folder=log.parent) for one in self.command
                    ]
                    started.append(subprocess.Popen(command, env=environment, stdout=said, stderr=said))  # noqa: S603
                yield started
            finally:
                for process in started:
                    process.terminate()
                for process in started:
                    process.wait(END_SECONDS)


def _page(name: str, *options: str, python: Path | str = sys.executable) -> tuple[str, ...]:
    return (str(python), str(HERE / name), "{bootstrap}", *options)


BARE_LOOP = "bench-bare-loop"
OURS = (sys.executable, "-m", "clearance.cli", "tracker", "--bootstrap", "{bootstrap}", "--metrics-port", "{port}")


def _faust(*options: str) -> Contestant:
    group = "bench-plain-faust"
    return Contestant(group, _page("plain_faust.py", "{folder}", *options), changelog=f"{group}-states-changelog")


def of_checkout(checkout: Path, same_values: bool = True) -> Contestant:
    """Our tracker by the sources of another checkout; everything else is of this one."""
    sources = os.pathsep.join(str(checkout / one) for one in ("contracts", "events", "services"))
    return Contestant("clearance-tracker", ("env", f"PYTHONPATH={sources}", *OURS), same_values=same_values)


CONTESTANTS = {
    "plain_faust": _faust(),
    "tuned_faust": _faust("tuned"),
    "bare_loop": Contestant(BARE_LOOP, _page("bare_loop.py", BARE_LOOP, "2000")),
    "bare_loop_unbounded": Contestant(BARE_LOOP, _page("bare_loop.py", BARE_LOOP)),
    "quix": Contestant("bench-quix", _page("quix.py", "{folder}", python=QUIX_PYTHON)),
    "ours": Contestant("clearance-tracker", OURS),
    "ours_two_workers": Contestant("clearance-tracker", OURS, workers=2),
} | {f"ours_{one}": Contestant("clearance-tracker", OURS, compression=one) for one in CODECS}
"""The last ones are for `--only`: they tell what compression costs and saves."""
