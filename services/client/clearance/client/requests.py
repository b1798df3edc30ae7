"""Requests as httpx makes them."""

from importlib.metadata import version

import httpx

from clearance.client.steps import Wanted

FAILURES = (httpx.RequestError, httpx.InvalidURL)
"""What httpx raises where there is no answer."""


def headers_of(key: str, language: str) -> dict[str, str]:
    """Those of every request."""
    shown = {"Authorization": f"Bearer {key}"} if key else {}
    ours = f"clearance-client/{version('clearance-client')}"
    return {"Accept": "application/json, */*;q=0.1", "Accept-Language": language, "User-Agent": ours, **shown}


def request_of(http: httpx.Client | httpx.AsyncClient, wanted: Wanted, timeout_seconds: float) -> httpx.Request:
    """Raises `httpx.InvalidURL`."""
    return http.build_request(
        wanted.method,
        wanted.path,
        params=list(wanted.params),
        headers=dict(wanted.headers),
        json=wanted.json,
        content=wanted.content,
        timeout=httpx.Timeout(timeout_seconds, read=timeout_seconds + wanted.seconds),
    )
