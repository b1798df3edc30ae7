"""Robots are asked as each of them wants it, and their answers and tokens are handled with care."""

import base64
import hmac
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.notices.told import NOW, Robot

from clearance.access.recipients import Recipient
from clearance.notices.messages import Message
from clearance.notices.robots import Robots

MESSAGE = Message("【高】E1 查验未放行", "货物须查验，尚未放行。", ("A07 E1",))
TOKEN, SECRET = "0123456789abcdef-token", "SEC-of-the-robot"


def to(channel: str, secret: str = SECRET) -> Recipient:
    return Recipient(id="group", channel=channel, address=TOKEN, secret=secret, added_at=NOW)


def signed(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), sha256).digest()).decode()


def test_wecom_is_told(robot: Robot) -> None:
    assert Robots(robot.url).send(to("wecom"), MESSAGE).result == "sent"
    [(path, body)] = robot.asked
    assert path == f"/cgi-bin/webhook/send?key={TOKEN}"
    assert body == {"msgtype": "text", "text": {"content": MESSAGE.text}}


def test_dingtalk_is_told_and_signed_to(robot: Robot) -> None:
    assert Robots(robot.url).send(to("dingtalk"), MESSAGE).result == "sent"
    [(path, body)] = robot.asked
    query = {name: value for name, [value] in parse_qs(urlsplit(path).query).items()}
    assert urlsplit(path).path == "/robot/send"
    assert query["access_token"] == TOKEN
    assert len(query["timestamp"]) == 13
    assert query["sign"] == signed(SECRET, f"{query['timestamp']}\n{SECRET}")
    assert body == {"msgtype": "text", "text": {"content": MESSAGE.text}}


def test_feishu_is_told_and_signed_to(robot: Robot) -> None:
    assert Robots(robot.url).send(to("feishu"), MESSAGE).result == "sent"
    [(path, body)] = robot.asked
    assert path == f"/open-apis/bot/v2/hook/{TOKEN}"
    assert len(body["timestamp"]) == 10
    assert body["sign"] == signed(f"{body['timestamp']}\n{SECRET}", "")
    assert (body["msg_type"], body["content"]) == ("text", {"text": MESSAGE.text})


@pytest.mark.parametrize("channel", ["dingtalk", "feishu"])
def test_without_a_secret_nothing_is_signed(robot: Robot, channel: str) -> None:
    Robots(robot.url).send(to(channel, ""), MESSAGE)
    [(path, body)] = robot.asked
    assert "sign" not in path
    assert "sign" not in body


@pytest.mark.parametrize(
    ("channel", "status", "answer", "result"),
    [
        ("wecom", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, "again"),
        ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, "refused"),
        ("dingtalk", 200, {"errcode": 130101, "errmsg": "send too fast"}, "again"),
        ("dingtalk", 200, {"errcode": 310000, "errmsg": "sign not match"}, "refused"),
        ("feishu", 200, {"code": 11232, "msg": "frequency limited"}, "again"),
        ("feishu", 200, {"code": 19021, "msg": "sign match fail"}, "refused"),
        ("feishu", 502, {}, "again"),
        ("wecom", 429, {}, "again"),
        ("wecom", 404, {"what": "is this"}, "refused"),
        ("wecom", 200, ["no", "robot"], "refused"),
    ],
)
def test_what_it_answers_decides(
    robot: Robot, channel: str, status: int, answer: dict[str, object], result: str
) -> None:
    robot.status, robot.answer = status, answer
    outcome = Robots(robot.url).send(to(channel), MESSAGE)
    assert outcome.result == result
    assert TOKEN not in outcome.reason
    assert SECRET not in outcome.reason


def test_one_that_is_away_is_tried_again(robot: Robot) -> None:
    outcome = Robots("http://127.0.0.1:9").send(to("wecom"), MESSAGE)
    assert outcome == ("again", "127.0.0.1:9 does not answer")
