"""The live line of `clearance up`: what the processes themselves say in their metrics, in one line."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from clearance.events.log.inputs import KINDS
from clearance.settings import Settings
from clearance.settings.clock import monotonic

TIMEOUT_SECONDS = 1.0


@dataclass
class Scraped:
    """The samples of all processes that answered, by name."""

    samples: dict[str, list[Sample]]

    def total(self, name: str, wanted: Callable[[dict[str, str]], bool] = lambda _: True) -> float:
        """The sum over the series whose labels are wanted."""
        return sum(sample.value for sample in self.samples.get(name, ()) if wanted(sample.labels))

    def quantile(self, name: str, share: float) -> float | None:
        """The upper bound of the histogram's bucket that holds this share; None while it holds nothing."""
        buckets: dict[float, float] = {}
        for sample in self.samples.get(f"{name}_bucket", ()):
            bound = float(sample.labels["le"])
            buckets[bound] = buckets.get(bound, 0) + sample.value
        total = max(buckets.values(), default=0)
        return min((bound for bound, count in buckets.items() if total and count >= share * total), default=None)


class LiveLine:
    """Remembers the last count, to say how many come each second."""

    def __init__(self, settings: Settings) -> None:
        ports = (settings.tracker_metrics_port, settings.projector_metrics_port, settings.simulator_metrics_port)
        self._urls = [f"http://{settings.metrics_host}:{port}/metrics" for port in ports]
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS)
        self._last = (0.0, monotonic())

    def text(self) -> str:
        """The line as it is now."""
        scraped = Scraped(_by_name(self._samples()))
        messages = scraped.total("clearance_inputs_total", lambda labels: labels["format"] not in KINDS)
        opened = scraped.total("clearance_declarations", lambda labels: labels["open"] == "true")
        ended = scraped.total("clearance_declarations", lambda labels: labels["open"] == "false")
        parts = [
            f"messages {messages:,.0f} ({self._rate(messages):.0f}/s)",
            f"declarations {opened:,.0f} open, {ended:,.0f} closed",
            f"anomalies {scraped.total('clearance_anomalies_open'):,.0f} open",
            f"message to status {_delay(scraped)}",
        ]
        if seconds := scraped.total("clearance_simulated_time_seconds"):
            parts.append(f"simulated time {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}Z")
        return " · ".join(parts)

    def _rate(self, messages: float) -> float:
        before, at = self._last
        now = monotonic()
        self._last = (messages, now)
        return max(0.0, messages - before) / max(now - at, 0.001)

    def _samples(self) -> Iterable[Sample]:
        for url in self._urls:
            try:
                text = self._client.get(url).text
            except httpx.HTTPError:
                continue  # it is starting, or being started again
            for family in text_string_to_metric_families(text):
                yield from family.samples


def _by_name(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.name, []).append(sample)
    return found


def _delay(scraped: Scraped) -> str:
    half = scraped.quantile("clearance_message_to_event_seconds", 0.5)
    most = scraped.quantile("clearance_message_to_event_seconds", 0.99)
    if half is None or most is None:
        return "–"
    return f"p50 {_length(half)}, p99 {_length(most)}"


def _length(seconds: float) -> str:
    """Within the bound of a bucket; beyond the last one nobody knows by how much."""
    return f"≤ {seconds * 1000:.0f} ms" if isfinite(seconds) else "longer than is measured"
