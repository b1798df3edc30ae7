"""A real Prometheus that scrapes processes of this machine, every fifth of a second if not told otherwise."""

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.helpers.loopback import get
from tests.system.running import until

from clearance.devbroker.local import free_port

from .promtool import server

RANGES = {"$__rate_interval": "10s", "$__range": "1m"}
"""What Grafana puts in, for scrapes that are as frequent as these."""


RULES = "rules.yml"
FIRING = 'ALERTS{alertstate="firing"}'
Labels = dict[str, str]


class Prometheus:
    """One that runs, on a port of its own."""

    def __init__(self, port: int, folder: Path, process: "subprocess.Popen[bytes]") -> None:
        self.port, self._folder, self._process = port, folder, process

    def values(self, query: str) -> list[float]:
        """What a query finds now. Raises `ValueError` with what Prometheus says against it."""
        return [float(one["value"][1]) for one in self._found(query)]

    def judge_by(self, groups: Sequence[Mapping[str, Any]], evaluation_interval: str) -> None:
        """Evaluate these groups of rules from now on."""
        given = [{"interval": evaluation_interval, **group} for group in groups]
        (self._folder / RULES).write_text(yaml.safe_dump({"groups": given}), encoding="utf-8")
        self._process.send_signal(signal.SIGHUP)
        until(lambda: self._groups() == len(groups), "Prometheus has read the rules", 10)

    def firing(self) -> list[Labels]:
        """The labels of the alerts that fire now."""
        return [one["metric"] for one in self._found(FIRING)]

    def fired(self) -> list[Labels]:
        """Those of all that fired since its start."""
        return [one["metric"] for one in self._found(f"{FIRING}[1h]")]

    def _groups(self) -> int:
        answer = get(f"http://127.0.0.1:{self.port}/api/v1/rules").json()
        return len(answer["data"]["groups"])

    def _found(self, query: str) -> list[Any]:
        for name, interval in RANGES.items():
            query = query.replace(name, interval)
        answer = get(f"http://127.0.0.1:{self.port}/api/v1/query", params={"query": query}).json()
        if answer["status"] != "success":
            raise ValueError(f"{query}: {answer['error']}")
        found: list[Any] = answer["data"]["result"]
        return found

    def sees(self, query: str) -> None:
        """Wait until a query finds something."""
        until(lambda: self.values(query), f"Prometheus finds {query}", 30)

    def is_ready(self) -> bool:
        try:
            return get(f"http://127.0.0.1:{self.port}/-/ready", timeout=1).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def scraping(ports: Mapping[str, int], folder: Path, every: str = "200ms") -> Iterator[Prometheus]:
    """Started in the folder, with one job for each process by name; it scrapes from 5 s after its start on. Of two
    processes of a job one has the name of the job with a `/` and a word behind.

    Raises `NoPromtool` without the package.
    """
    program, port = server(), free_port()
    targets: dict[str, list[str]] = {}
    for name, at in ports.items():
        targets.setdefault(name.partition("/")[0], []).append(f"127.0.0.1:{at}")
    jobs: list[dict[str, Any]] = [
        {"job_name": name, "static_configs": [{"targets": places}]} for name, places in targets.items()
    ]
    often = {"scrape_interval": every, "scrape_timeout": every}
    config = {"global": often, "rule_files": [RULES], "scrape_configs": jobs}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    told = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen([program, *told], cwd=folder, stdout=said, stderr=said)  # noqa: S603
        try:
            found = Prometheus(port, folder, process)
            until(found.is_ready, f"Prometheus is ready: {folder / 'said.txt'}", 30)
            yield found
        finally:
            process.terminate()
            process.wait(30)
