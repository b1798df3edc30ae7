"""A real single-node Apache Kafka on loopback, from its Maven jars: for `make kafka` and for tests.

The surprise: the broker is a process group of its own. Ctrl-C reaches only the program that started it, which then
ends the broker in its own time; should that program be killed, the kernel ends the broker (on Linux).
"""

import ctypes
import signal
import socket
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from string import Template
from types import MappingProxyType, TracebackType
from typing import Self
from uuid import uuid4

from clearance.devbroker.class_archive import ClassArchive
from clearance.devbroker.jars import DEPLOY, jars, java, run
from clearance.kafka.admin import Admin
from clearance.kafka.errors import BrokerError
from clearance.settings.clock import monotonic

HOST = "127.0.0.1"
START_SECONDS, STOP_SECONDS = 60.0, 30.0
JAVA_FLAGS = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A small heap, and a quick start rather than the last tenth of speed."""
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
NONE: Mapping[str, str] = MappingProxyType({})


class LocalKafka:
    """One broker on 127.0.0.1:`port`, a free one if it is 0, with everything that it keeps in `folder`. `settings` of
    Kafka's come after ours, and name its ports as those do.

    Started again on the same folder it has what it had. Every method raises `BrokerError`.
    """

    def __init__(self, folder: Path, port: int = 0, settings: Mapping[str, str] = NONE) -> None:
        self.settings = settings
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.bootstrap = f"{HOST}:{self.port}"
        self.log = self.folder / "kafka.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._archive: ClassArchive

    def start(self) -> None:
        """Start it, and return when it answers."""
        if _listens(self.port):
            raise BrokerError(
                f"{self.bootstrap} is taken by another program: end that one, or choose another port "
                "(make kafka PORT=9192)"
            )
        program, folder = java(), jars()
        self._archive = archive = ClassArchive(program, folder, self.port)
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self._write_settings()
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(_command(program, folder, archive.read), settings)
        with self.log.open("ab") as log:
            command = (*_command(program, folder, archive.read_or_write), "kafka.Kafka", str(settings))
            self._process = subprocess.Popen(  # noqa: S603 # ours
                command, stdout=log, stderr=log, process_group=0, preexec_fn=_end_with_parent if LIBC else None
            )
        try:
            self._await_answer(self._process)
        except BaseException:  # Ctrl-C too: nothing stays behind
            self.kill()
            raise

    def wait(self) -> None:
        """Until it ends by itself, which it should not."""
        if self._process is not None:
            raise BrokerError(f"Kafka ended with code {self._process.wait()}: {self._last_words()}")

    def stop(self) -> None:
        """End it in order; nothing that was acknowledged is lost. Does nothing if it does not run."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
                self._archive.keep()
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """End it in order and start it again, at the same address."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _write_settings(self) -> Path:
        more = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        template = Template((DEPLOY / "server.properties").read_text(encoding="utf-8") + more)
        path = self.folder / "server.properties"
        ports = {"port": self.port, "controller_port": free_port()}
        path.write_text(template.substitute(ports, data=self.folder / "data"), encoding="utf-8")
        return path

    def _format(self, command: tuple[str, ...], settings: Path) -> None:
        cluster_id = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=").replace("-", "a")  # a dash would be a flag
        done = run(*command, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(settings))
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
            raise BrokerError(f"Kafka cannot use {self.folder}: {said[0]}")

    def _await_answer(self, process: "subprocess.Popen[bytes]") -> None:
        end = monotonic() + START_SECONDS
        while not _listens(self.port):
            with suppress(subprocess.TimeoutExpired):
                raise BrokerError(f"Kafka ended at once with code {process.wait(0.05)}: {self._last_words()}")
            if monotonic() > end:
                raise BrokerError(f"Kafka did not listen within {START_SECONDS:g} s: {self._last_words()}")
        Admin(self.bootstrap).metadata()

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return f"{lines[-1] if lines else 'it said nothing'} ({self.log})"


def _command(program: str, folder: Path, flags: tuple[str, ...]) -> tuple[str, ...]:
    return (program, *JAVA_FLAGS, *flags, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{folder}/*")


def free_port() -> int:
    """A port of the loopback address on which nothing listens just now."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _end_with_parent() -> None:
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0
