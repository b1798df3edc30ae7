"""Questions to a process of this machine. For each that httpx asks by itself it reads the certificates of the world
first, which takes a tenth of a second: longer than the answer."""

import ssl
from typing import Any

import httpx

UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def get(url: str, timeout: float = 10, **given: Any) -> httpx.Response:
    """Raises `httpx.HTTPError` if nobody answers within so many seconds."""
    return httpx.get(url, verify=UNUSED, timeout=timeout, **given)
