"""Questions to the API, for `clearance status` and `clearance watch`: one number, an answer or one of few refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Self
from urllib.parse import quote

import httpx
import typer

from clearance.settings import load
from clearance.settings.secrets import read_secret

Api = Annotated[str | None, typer.Option("--api", metavar="URL", help="The API; else CLEARANCE_API_URL.")]
TIMEOUT_SECONDS = 10.0
UNKNOWN, SEVERAL, UNCHANGED = 404, 300, 304
ANSWERS = (200, SEVERAL, UNKNOWN)
OURS = frozenset({"links", "detail"})
"""One of these stands in every answer of ours."""
SETTING = "CLEARANCE_API_URL"
AS_OF, LAG = "Clearance-As-Of", "Clearance-Lag-Seconds"


class ApiAway(Exception):
    """The API cannot answer now. The text is one line: what is wrong and what to do."""


@dataclass(frozen=True)
class ApiAnswer:
    """What the API said. `status` is 200, 300, 304 or 404; `body` the declaration or the problem, {} for 304."""

    status: int
    body: dict[str, Any]
    etag: str = ""
    as_of: str = ""
    lag_seconds: str = ""
    timeline: list[dict[str, Any]] = field(default_factory=list)


class ApiClient:
    """A connection to the API at `url`. Its methods raise `ApiAway`."""

    def __init__(self, url: str | None, language: str) -> None:
        settings = load(api_url=url)
        self.url = settings.api_url
        headers = {"Accept-Language": language}
        if settings.api_key_file:
            headers["Authorization"] = f"Bearer {read_secret('api_key_file', settings.api_key_file)}"
        self._client = httpx.Client(base_url=self.url, timeout=TIMEOUT_SECONDS, headers=headers, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def declaration(self, number: str, unless: str = "") -> ApiAnswer:
        """Where the declaration of a number stands, with its timeline. `unless` is the ETag of what is known."""
        address = f"/v1/declarations/{quote(number, safe=':')}"
        said = self._get(address, {"If-None-Match": unless} if unless else {})
        body = {} if said.status_code == UNCHANGED else said.json()
        found = said.status_code == httpx.codes.OK
        timeline = self._get(body["links"]["timeline"], {}).json().get("entries", []) if found else []
        tag, as_of, lag = (said.headers.get(name, "") for name in ("ETag", AS_OF, LAG))
        return ApiAnswer(status=said.status_code, body=body, etag=tag, as_of=as_of, lag_seconds=lag, timeline=timeline)

    def _get(self, address: str, headers: dict[str, str]) -> httpx.Response:
        try:
            said = self._client.get(address, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiAway(f"no API at {self.url} ({error}): `clearance up` starts one, or mend {SETTING}") from error
        body = said.json() if _is_json(said) else {}
        if said.status_code == UNCHANGED or (said.status_code in ANSWERS and OURS & body.keys()):
            return said
        detail = body.get("detail", f"it is no API of ours; mend {SETTING}")
        raise ApiAway(f"{said.url} answers {said.status_code}: {detail}")


def _is_json(said: httpx.Response) -> bool:
    return str(said.headers.get("Content-Type", "")).split(";")[0].endswith("json")


@contextmanager
def one_line() -> Iterator[None]:
    """What the API cannot answer is one line, and exit code 2."""
    try:
        yield
    except ApiAway as error:
        typer.echo(f"clearance: {error}", err=True)
        raise typer.Exit(2) from error
