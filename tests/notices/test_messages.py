"""Messages hold what their channel takes, leave no matter out, and what others wrote steers nothing."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples
from tests.notices.told import NOW

from clearance.access.recipients import SEVERITIES, Recipient, channels
from clearance.notices.matters import Notice
from clearance.notices.messages import Digest, Told, digest_message, first_message
from clearance.notices.wording import Before, Writer

TEXTS = st.text(max_size=900)


def recipient(channel: str, language: str = "zh") -> Recipient:
    return Recipient(id="desk", channel=channel, address="a@b.c", language=language, added_at=NOW)  # type: ignore[arg-type] # zh or en


def notice(number: int = 1, text: str = "查验通知", severity: str = "high", **given: object) -> Notice:
    usual: dict[str, object] = {
        "matter": f"A07 cn:unified:E{number:017}",
        "change": f"{number:024} open",
        "what": "opened",
        "state": "open",
        "at": NOW,
        "declaration": f"cn:unified:E{number:017}",
        "number": f"E{number:017}",
        "status": "inspection",
        "rule": "A07",
        "severity": severity,
        "since": NOW,
        "limit": None,
        "text": text,
        "names": (),
    }
    return Notice(**{**usual, **given})  # type: ignore[arg-type] # the fields of a notice


def told(texts: Sequence[tuple[str, str]]) -> list[Told]:
    return [Told(notice(number, text, severity), None) for number, (text, severity) in enumerate(texts)]


@settings(max_examples=examples(200))
@given(
    texts=st.lists(st.tuples(TEXTS, st.sampled_from(SEVERITIES)), min_size=1, max_size=12),
    channel=st.sampled_from([*channels()]),
    language=st.sampled_from(["zh", "en"]),
)
def test_no_message_is_too_long_and_no_matter_is_left_out(
    texts: list[tuple[str, str]], channel: str, language: str
) -> None:
    writer, left, sent = Writer(recipient(channel, language), "https://clearance.example"), told(texts), 0
    while left:
        message = first_message(writer, left)
        assert len(message.text.encode()) <= channels()[channel].longest
        assert message.about
        left = [one for one in left if one.notice.matter not in message.about]
        sent += len(message.about)
    assert sent == len(texts)


@given(texts=st.lists(st.tuples(TEXTS, st.sampled_from(SEVERITIES)), max_size=60))
@settings(max_examples=examples(50))
def test_no_digest_is_too_long(texts: list[tuple[str, str]]) -> None:
    found = [one.notice for one in told(texts)]
    digest = Digest(change="digest 1", open=tuple(found[:50]), count=len(found))
    for channel in channels():
        message = digest_message(Writer(recipient(channel)), digest, told(texts[:20]))
        assert len(message.text.encode()) <= channels()[channel].longest


def test_a_cut_message_keeps_its_link() -> None:
    writer = Writer(recipient("wecom", "en"), "https://clearance.example")
    message = first_message(writer, [Told(notice(text="查" * 3000), None)])
    assert message.body.endswith("https://clearance.example/v1/declarations/cn:unified:E00000000000000001/explanation")
    assert "…\n" in message.body


@pytest.mark.parametrize("steering", ['<at user_id="all">所有人</at>', "first\nBcc: x@y.z", "\x1b[31mred", "a\u202eb"])
def test_what_others_wrote_makes_no_line_and_no_mention(steering: str) -> None:
    one = notice(text=steering)
    writer = Writer(recipient("feishu"), "https://clearance.example")
    usual = first_message(writer, [Told(notice(), None)])
    message = first_message(writer, [Told(one, Before(notice(), NOW))])
    assert "<" not in message.text
    assert not {"\x1b", "\u202e", "\r"} & {*message.text}
    assert len(message.text.splitlines()) == len(usual.text.splitlines()) + 1  # what has changed


def test_what_is_over_comes_last_and_is_no_alarm() -> None:
    over = [Told(notice(number, severity="critical", what="closed", state="resolved"), None) for number in range(4)]
    writer = Writer(recipient("email", "en"))
    mixed = first_message(writer, [*over, Told(notice(9, severity="medium"), None)])
    assert mixed.subject.startswith("[medium] 5 matters: E00000000000000009, ")
    assert first_message(writer, over).subject.startswith("[closed] 4 matters: ")


def test_a_digest_counts_what_it_does_not_list() -> None:
    digest = Digest(change="digest 1", open=(notice(),), count=1000)
    message = digest_message(Writer(recipient("email", "en")), digest, [])
    assert message.subject == "Digest: 1000+ open, 0 new, 0 closed"
    assert "and 999 more" in message.body
