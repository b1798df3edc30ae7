"""Messages to the robots of groups: WeCom (企业微信), DingTalk (钉钉), Feishu (飞书), each in its own form.

The surprise: the address holds the token, so no error is shown as the HTTP client says it, which names the address.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from clearance.access.recipients import Recipient, channels
from clearance.notices.messages import Message
from clearance.notices.outcomes import SENT, Outcome
from clearance.settings.clock import utc_now

PATIENCE_SECONDS = 20.0


class Post(NamedTuple):
    """A request: path, query, and the body as JSON."""

    path: str
    query: dict[str, str]
    body: dict[str, Any]


class Form(NamedTuple):
    """How a robot is spoken to: its request, the field of its answer that is 0 when it has taken a message, and codes
    that say that it was too much at once. Any other code is a refusal."""

    post: Callable[[Recipient, str, datetime], Post]
    field: str
    said: str
    too_many: frozenset[int]


def _wecom(to: Recipient, text: str, now: datetime) -> Post:
    body = {"msgtype": "text", "text": {"content": text}}
    return Post("/cgi-bin/webhook/send", {"key": to.address}, body)


def _dingtalk(to: Recipient, text: str, now: datetime) -> Post:
    query = {"access_token": to.address}
    if to.secret:
        stamp = str(int(now.timestamp() * 1000))
        query |= {"timestamp": stamp, "sign": _signed(to.secret, f"{stamp}\n{to.secret}")}
    return Post("/robot/send", query, {"msgtype": "text", "text": {"content": text}})


def _feishu(to: Recipient, text: str, now: datetime) -> Post:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if to.secret:
        stamp = str(int(now.timestamp()))
        body |= {"timestamp": stamp, "sign": _signed(f"{stamp}\n{to.secret}", "")}  # the text is the key here
    return Post(f"/open-apis/bot/v2/hook/{to.address}", {}, body)


def _signed(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), sha256).digest()).decode()


FORMS: Mapping[str, Form] = {
    "wecom": Form(_wecom, "errcode", "errmsg", frozenset({45009})),
    "dingtalk": Form(_dingtalk, "errcode", "errmsg", frozenset({130101, 410100})),
    "feishu": Form(_feishu, "code", "msg", frozenset({9499, 11232})),
}


class Robots:
    """`host` is asked in place of the robots' own ones, where a relay of the firm goes between."""

    def __init__(self, host: str = "") -> None:
        self._host = host.rstrip("/")
        self._client = httpx.Client(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        self._client.close()

    def send(self, recipient: Recipient, message: Message) -> Outcome:
        """Post one message."""
        form, host = FORMS[recipient.channel], self._host or channels()[recipient.channel].host
        post = form.post(recipient, message.text, utc_now())
        named = urlsplit(host).netloc
        try:
            answer = self._client.post(f"{host}{post.path}", params=post.query, json=post.body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Outcome("again", f"{named} does not answer")
        except httpx.HTTPError as error:
            return Outcome("uncertain", f"{named} has the message and did not answer ({type(error).__name__})")
        return _outcome(form, named, answer)


def _outcome(form: Form, named: str, answer: httpx.Response) -> Outcome:
    if answer.status_code == 429 or answer.status_code >= 500:
        return Outcome("again", f"{named} answers {answer.status_code}")
    try:
        told = answer.json()
        code, said = int(told[form.field]), str(told.get(form.said, ""))[:200]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Outcome("refused", f"{named} answers {answer.status_code} and not as such a robot does")
    if code == 0:
        return SENT
    return Outcome("again" if code in form.too_many else "refused", f"{named} refuses: {code} {said}")
