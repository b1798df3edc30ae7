"""Chinese messages: the form of a word decides which writer makes the bytes."""

from collections.abc import Callable
from datetime import datetime

from clearance.simulator.identities import FilingNumbers
from clearance.simulator.life import Consignment, Post
from clearance.simulator.writers import cn_amendment, cn_declaration, cn_envelope, cn_import, cn_receipt
from clearance.simulator.writers.cn_envelope import DATA_CENTRE
from clearance.simulator.writers.text import digits

DECLARES, ANSWERS = "DECCUSSH1", "DECRESULT"
"""MsgType of envelopes, on their way out and back."""


def chinese_message(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    data = WRITERS[post.word.form](post, cargo, own)
    if post.handling != "enveloped":
        return data
    return cn_envelope.envelope(
        data,
        message=f"{DATA_CENTRE}{digits(post.received_at)}{own.number % 100_000_000:08}",
        sender=DATA_CENTRE,
        receiver=own.post_box,
        kind=ANSWERS,
        created_at=post.received_at,
        keys={"CUS_CIQ_NO": own.unified},
    )


def file_hints(post: Post, own: FilingNumbers) -> tuple[str, ...]:
    """The number in the name of the file, for the one message that holds none."""
    return (f"cop-msg:{_message(own, _sent(post))}",) if post.word.form == "card-failure" else ()


MessageWriter = Callable[[Post, Consignment, FilingNumbers], bytes]


def business_receipt(post: Post, cargo: Consignment, own: FilingNumbers) -> tuple[bool, dict[str, str]] | None:
    """Whether it is of generation A, and its fields; None for a message of another form."""
    if post.word.form not in ("receipt", "temporary", "assigned"):
        return None
    older, word = cargo.broker.generation == "a", post.word
    temporary = word.form == "temporary"
    said = cn_receipt.Said(
        number=own.temporary if temporary else own.unified,
        entry="" if temporary or word.stands == "submitted" else own.entry,
        at=post.occurred_at if word.timed else None,
        channel=word.older_code if older else word.code,
        note=f"{own.temporary}{word.text}" if word.form == "assigned" else word.text,
        declared_on=post.occurred_at,
    )
    return older, (cn_receipt.fields_a if older else cn_receipt.fields_b)(cargo, said)


def _receipt(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    if (told := business_receipt(post, cargo, own)) is None:
        raise ValueError(f"{post.name} is no business receipt")
    older, fields = told
    return (cn_receipt.generation_a if older else cn_receipt.generation_b)(fields)


def _draft(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    return cn_declaration.declaration(cargo, own, seq_no="", operation=post.word.code, signed_at=post.occurred_at)


def _envelope(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    """A declaration that was stored before, so that its 统一编号 is known."""
    inside = cn_declaration.declaration(
        cargo, own, seq_no=own.unified, operation=post.word.code, signed_at=post.occurred_at
    )
    return cn_envelope.envelope(
        inside,
        message=_message(own, post.occurred_at),
        sender=own.post_box,
        receiver=DATA_CENTRE,
        kind=DECLARES,
        created_at=post.occurred_at,
        keys={},
    )


def _exchanged(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    message, word = _message(own, _sent(post)), post.word
    return cn_envelope.exchanged(
        code=word.code, text=word.text, message=message, sender=own.post_box, kind=DECLARES, at=post.occurred_at
    )


def _import_response(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    taken_in = post.word.stands == "draft"
    return cn_import.import_response(
        code=post.word.code, text=post.word.text, client=own.client, seq_no=own.unified if taken_in else ""
    )


def _card_failure(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    return cn_import.smart_card_failure(code=post.word.code, text=post.word.text)


def _amendment(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    return cn_amendment.amendment(cargo, own, kind=post.word.code, note=post.word.text)


def _amendment_response(post: Post, cargo: Consignment, own: FilingNumbers) -> bytes:
    return cn_amendment.amendment_response(entry=own.entry, code=post.word.code, text=post.word.text)


def _message(own: FilingNumbers, sent_at: datetime) -> str:
    """CopMsgId: sender, time, running number."""
    return f"{own.post_box}{digits(sent_at)}{own.number % 100_000_000:08}"


def _sent(post: Post) -> datetime:
    if post.sent_at is None:
        raise ValueError(f"{post.name} answers an envelope, and none was sent before it")
    return post.sent_at


WRITERS: dict[str, MessageWriter] = {
    "declaration": _draft,
    "envelope": _envelope,
    "exchanged": _exchanged,
    "import-response": _import_response,
    "card-failure": _card_failure,
    "temporary": _receipt,
    "assigned": _receipt,
    "receipt": _receipt,
    "amendment": _amendment,
    "amendment-response": _amendment_response,
}
"""By form."""
