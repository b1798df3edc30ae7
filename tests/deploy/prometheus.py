"""A real Prometheus that scrapes processes of this machine every fifth of a second."""

import subprocess
from collections.abc import Iterator, Mapping
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


class Prometheus:
    """One that runs, on a port of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def values(self, query: str) -> list[float]:
        """What a query finds now. Raises `ValueError` with what Prometheus says against it."""
        for name, interval in RANGES.items():
            query = query.replace(name, interval)
        answer = get(f"http://127.0.0.1:{self.port}/api/v1/query", params={"query": query}).json()
        if answer["status"] != "success":
            raise ValueError(f"{query}: {answer['error']}")
        return [float(found["value"][1]) for found in answer["data"]["result"]]

    def sees(self, query: str) -> None:
        """Wait until a query finds something."""
        until(lambda: self.values(query), f"Prometheus finds {query}", 30)

    def is_ready(self) -> bool:
        try:
            return get(f"http://127.0.0.1:{self.port}/-/ready", timeout=1).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def scraping(ports: Mapping[str, int], folder: Path) -> Iterator[Prometheus]:
    """Started in the folder, with one job for each process by name; it scrapes from 5 s after its start on.

    Raises `NoPromtool` without the package.
    """
    program, port = server(), free_port()
    jobs: list[dict[str, Any]] = [
        {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{at}"]}]} for name, at in ports.items()
    ]
    config = {"global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"}, "scrape_configs": jobs}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    told = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen([program, *told], cwd=folder, stdout=said, stderr=said)  # noqa: S603
        try:
            found = Prometheus(port)
            until(found.is_ready, f"Prometheus is ready: {folder / 'said.txt'}", 30)
            yield found
        finally:
            process.terminate()
            process.wait(30)
