"""UK CDS notifications: the WCO Data Model `RES`, with or without namespaces, one or several responses.

The file name is not to be trusted, `FunctionCode` decides; it may be unpadded. What it means depends on what came
before (`codes/uk-dms.csv`, column `when`). The second `Declaration` of an amendment names no number and is skipped.
By the schema `Status` and `Error` may stand several times, and `IssueDateTime` not at all (`WCO_RES_2_DMS.xsd`).
"""

from typing import cast

from clearance.authorities.uk.kinds import checked, scoped
from clearance.authorities.uk.particulars import ASKED, STATED, Part, is_resolved, particulars
from clearance.authorities.uk.payments import INSTRUCTION
from clearance.authorities.uk.pointers import date_time
from clearance.authorities.uk.times import issued
from clearance.events.receipts import parts
from clearance.events.receipts.xml import fields, local
from clearance.events.tables.authority import Element
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.particulars import Particular
from clearance.events.values.receipt import About, Receipt

SYSTEM = "uk-dms"
REJECTED, ANSWERED, TAXED = "03", "11", "13"
EXPIRED = ["CDS12046"]
OF_THE_DECLARATION = frozenset({"01", "05", "06", "07", "08", "09", "13", "16"})
"""Codes that speak of the declaration as such, never of a request about it."""
PRELODGED = "67"
"""NameCode of a 13 that comes with a pre-lodged entry."""
DECIDES = frozenset({"39", "41"})
"""NameCodes of an answer that say what was decided: granted, denied."""
PLAIN = frozenset({"FunctionCode", "FunctionalReferenceID"})
TELLING = frozenset({"Amendment", "Bank", "ContactOffice"})
"""What tells nothing but particulars."""
MAX_ID = 80
HASHED = 255
"""Characters of the text that enter a receipt id: those that were held when the first ids were made."""
NO_VALUES: dict[str, str] = {}
NOTHING: tuple[tuple[Particular, ...], bool] = (), False
Said = tuple[dict[str, str], list[str], list[str], list[str], list[Part], list[Part]]
"""What one pass over a response finds: plain values, statuses, error codes and texts, declarations that name a number,
and what else may hold particulars, in the order of the document."""


def notification(root: Element, sender: str, system: str) -> list[Receipt]:
    responses = list(root.iterchildren("{*}Response")) or [root] * (local(root) == "Response")
    if not responses:
        raise InvalidMessage(f"{local(root)} holds no Response: only notifications (RES) of UK customs are read")
    return [receipt for response in responses for receipt in _receipts(response, sender)]


def _receipts(response: Element, sender: str) -> list[Receipt]:
    values, names, errors, texts, declarations, others = _read(response)
    code = parts.code("FunctionCode", values.get("FunctionCode"))
    code = code.zfill(2) if code.isascii() and code.isdigit() else code
    stated = values.get("IssueDateTime", "")
    occurred_at = issued(stated) if "IssueDateTime" in values else None
    qualifier = _qualifier(code, names, errors, texts, response)
    if code == ANSWERED and qualifier not in DECIDES:
        texts = [*(f"NameCode {name}" for name in names), *texts]
    text = "; ".join(dict.fromkeys(errors + texts)) if errors or texts else ""
    own = values.get("FunctionalReferenceID", "")
    if len(own) > MAX_ID:
        raise InvalidMessage(f"FunctionalReferenceID has {len(own):,} characters; at most {MAX_ID} are taken")
    receipts = []
    for declaration in declarations or [("Declaration", response, NO_VALUES)]:
        told = declaration[2]
        numbers = _numbers(told, sender)
        receipt_id = own or parts.receipt_id(code, stated, numbers[0] if numbers else "", text[:HASHED])
        version = told.get("VersionID", "")
        telling = others if STATED.isdisjoint(told) else [*others, declaration]
        kept, cut = particulars(code, telling) if telling else NOTHING
        receipts.append(
            Receipt(
                system=SYSTEM,
                code=code,
                receipt_id=receipt_id,
                occurred_at=occurred_at,
                numbers=numbers,
                format="RES",
                text=text[: parts.MAX_TEXT],
                text_cut=len(text) > parts.MAX_TEXT,
                qualifier=qualifier,
                authority_time=stated,
                precision="second" if occurred_at else "none",
                details=_details(version, occurred_at is not None),
                reference=told.get("FunctionalReferenceID", ""),
                about=_about(code, version),
                particulars=kept,
                particulars_cut=cut,
            )
        )
    return receipts


def _details(version: str, timed: bool) -> dict[str, str]:
    details = {"version": version[:20]} if version else {}
    return details if timed else {**details, "time_in_doubt": "absent"}


def _read(response: Element) -> Said:
    values: dict[str, str] = {}
    names: list[str] = []
    errors: list[str] = []
    texts: list[str] = []
    declarations: list[Part] = []
    others: list[Part] = []
    for child in response:
        name = cast(str, child.tag)
        name = name[name.rfind("}") + 1 :]
        if name == "Declaration":
            inner = fields(child)
            if inner.get("ID") or inner.get("FunctionalReferenceID"):
                declarations.append((name, child, inner))
        elif name == "IssueDateTime":
            _put(values, name, date_time(child))
        elif name == "Error":
            others.append((name, child, inner := fields(child)))
            errors.append(inner.get("ValidationCode", ""))
        elif name == "AdditionalInformation":
            others.append((name, child, inner := fields(child)))
            if description := inner.get("StatementDescription"):
                texts.append(description)
        elif name == "Status":
            names.append((inner := fields(child)).get("NameCode", "")[: parts.MAX_CODE])
            if not STATED.isdisjoint(inner):
                others.append((name, child, inner))
        elif name in PLAIN:
            _put(values, name, child.text)
        elif name in TELLING:
            others.append((name, child, NO_VALUES))
    return values, names, errors, texts, declarations, others


def _put(values: dict[str, str], name: str, text: str | None) -> None:
    text = text.strip() if text else ""
    if values.setdefault(name, text) != text:
        raise InvalidMessage(f"{name} stands twice: {values[name][:40]!r} and {text[:40]!r}")


def _about(code: str, version: str) -> About:
    if code in OF_THE_DECLARATION:
        return "declaration"
    return "first_version" if version == "1" else "" if version else "any_message"


def _qualifier(code: str, names: list[str], errors: list[str], texts: list[str], response: Element) -> str:
    """What else a code says, by what stands beside it."""
    if code == ANSWERED:
        decided = [*DECIDES.intersection(names)]
        return decided[0] if len(decided) == 1 else ""
    if code == REJECTED:
        return "none" if not errors else "CDS12046" if errors == EXPIRED else ""
    if code == TAXED:
        return "assessed" if _assessed(response, names) else ""
    if code == ASKED:
        return "resolved" if any(map(is_resolved, texts)) else ""
    return ""


def _assessed(response: Element, names: list[str]) -> bool:
    """Whether amounts are stated, or come with a pre-lodged entry, and no payment is asked for: a payment instruction
    has a reference or a due date."""
    payments = list(response.iter("{*}Payment"))
    if any(payment.find(f"{{*}}{name}") is not None for payment in payments for name in INSTRUCTION):
        return False
    return bool(payments) or PRELODGED in names


def _numbers(declaration: dict[str, str], sender: str) -> tuple[str, ...]:
    mrn, lrn = declaration.get("ID"), declaration.get("FunctionalReferenceID")
    numbers = [checked("mrn", mrn)] if mrn else []
    if lrn:
        numbers.append(scoped("sender-lrn", sender, lrn) if sender else checked("lrn", lrn))
    return tuple(numbers)
