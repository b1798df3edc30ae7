"""What an input must hold beyond its shape, so that folding it cannot fail and what follows from it fits the contracts.

Inputs of our own making pass; the checks are for records that only look like one.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from clearance.events.log.inputs import BackfillEnd, Command, ExpectationsInput, FactsInput, Input, Link, RelatedInput
from clearance.events.receipts.cap import HEAVIEST
from clearance.events.receipts.facts import CONVERSATIONS, Fact, Statement
from clearance.events.receipts.formats import authority_of
from clearance.events.receipts.particulars import bounded as bounded_particulars
from clearance.events.receipts.parts import MAX_CODE, MAX_TEXT, conversation_id
from clearance.events.receipts.related import MOST
from clearance.events.standing.statements import refusal
from clearance.events.tables.numbers import Numbers
from clearance.events.values.times import bounded

MAX_COMMAND_ID, MAX_BODY, MAX_NAME = 200, 2000, 100
SHA256 = re.compile(r"[0-9a-f]{64}")


def check(given: Input, key: str, kinds: Numbers) -> None:
    """Whether the input can be folded into the declaration `key`. Raises `ValueError`, the text says why not."""
    for time in _times(given):
        bounded(time, time)
    if isinstance(given, FactsInput):
        _check_facts(given, key.partition(":")[0], kinds)
    elif isinstance(given, Link):
        _check_primary(given.primary, key, kinds)
    elif isinstance(given, Command):
        _check_id(given.statement)
    elif isinstance(given, BackfillEnd) and not given.backfill:
        raise ValueError("names no backfill")
    elif isinstance(given, ExpectationsInput):
        given.table.read()
    elif isinstance(given, RelatedInput):
        _check_related(given, key, kinds)


def _times(given: Input) -> Iterable[datetime]:
    yield given.at
    if isinstance(given, RelatedInput):
        yield from (given.filed_at, *(kin.since for kin in given.related.all))
    elif isinstance(given, Command):
        yield given.statement.issued_at
    elif isinstance(given, FactsInput):
        yield from (statement.issued_at for statement in given.statements)
        for fact in given.receipts:
            yield fact.received_at
            if fact.stated_at is not None:
                yield fact.stated_at
            if fact.receipt.occurred_at is not None:
                yield fact.receipt.occurred_at


def _check_related(given: RelatedInput, key: str, kinds: Numbers) -> None:
    if len(given.possible_duplicate_of) > MOST:
        raise ValueError(f"names {len(given.possible_duplicate_of)} others; at most {MOST} are named")
    for kin in given.related.all:
        if kinds.checked_id(kin.declaration).partition(":")[0] != key.partition(":")[0] or kin.declaration == key:
            raise ValueError(f"{kin.declaration[:60]!r} is no other declaration of the same authority")
        if not kin.shares:
            raise ValueError(f"{kin.declaration[:60]!r} shares nothing")


def _check_facts(given: FactsInput, authority: str, kinds: Numbers) -> None:
    for number in given.numbers:
        _check_number(authority, number, kinds)
    for fact in given.receipts:
        _check_fact(fact, authority, kinds)
    for statement in given.statements:
        _check_id(statement)
        if reason := refusal(statement):
            raise ValueError(f"statement {statement.command_id[:60]!r}: {reason}")
    for claim in given.claims:
        _check_primary(claim.primary, kinds.checked_id(claim.alias), kinds)


def _check_fact(fact: Fact, authority: str, kinds: Numbers) -> None:
    receipt = fact.receipt
    if authority_of(receipt) != authority:
        raise ValueError(f"a receipt of {receipt.system[:40]!r} came to a declaration of {authority}")
    if not (receipt.code and receipt.receipt_id and receipt.format and SHA256.fullmatch(fact.message_id)):
        raise ValueError(f"receipt {receipt.receipt_id[:60]!r} lacks an id, a code, a format or a message id")
    if max(len(receipt.code), len(receipt.qualifier)) > MAX_CODE or len(receipt.text) > MAX_TEXT:
        raise ValueError(f"receipt {receipt.receipt_id[:60]!r}: code or text is longer than any codec takes")
    if receipt.particulars and bounded_particulars(receipt.particulars) != (receipt.particulars, False):
        raise ValueError(f"receipt {receipt.receipt_id[:60]!r}: more particulars, or longer ones, than any codec takes")
    if not 0 <= fact.heaviest <= HEAVIEST:
        raise ValueError(f"receipt {receipt.receipt_id[:60]!r}: no copy weighs {fact.heaviest} bytes")
    if fact.stated_at is not None and receipt.occurred_at is not None:
        raise ValueError(f"receipt {receipt.receipt_id[:60]!r}: stated_at beside a time of the authority")
    if [*fact.conversations] != sorted({*map(conversation_id, fact.conversations)})[:CONVERSATIONS]:
        raise ValueError(
            f"receipt {receipt.receipt_id[:60]!r}: at most {CONVERSATIONS} conversations, each once, in order"
        )
    for number in receipt.numbers:
        _check_number(authority, number, kinds)


def _check_id(statement: Statement) -> None:
    if not (0 < len(statement.command_id) <= MAX_COMMAND_ID and statement.command_id.isprintable()):
        raise ValueError(f"a command id has 1 to {MAX_COMMAND_ID} printable characters")
    if len(statement.by) > MAX_NAME or not (statement.by + statement.organisation).isprintable():
        raise ValueError(f"who states it is named in printable characters, and by at most {MAX_NAME}")
    if sum(len(name) + len(value) for name, value in statement.body.items()) > MAX_BODY:
        raise ValueError(f"a statement has at most {MAX_BODY} characters")


def _check_number(authority: str, number: str, kinds: Numbers) -> None:
    kind, _, value = number.partition(":")
    if kinds.kind(authority, kind) is None or not value:
        raise ValueError(f"{number[:60]!r} is no number of {authority}; one is written kind:value")
    kinds.checked(authority, kind, value)


def _check_primary(primary: str, key: str, kinds: Numbers) -> None:
    """Whether `primary` can be the primary number of the declaration `key`."""
    authority, _, number = kinds.checked_id(primary).partition(":")
    if authority != key.partition(":")[0] or kinds.role(authority, number) != "primary":
        raise ValueError(f"{primary[:60]!r} is no primary number for {key}")
