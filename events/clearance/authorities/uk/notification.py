"""UK CDS notifications: the WCO Data Model `RES`, with or without namespaces, one or several responses.

The file name is not to be trusted, `FunctionCode` decides; it may be unpadded. What it means depends on what came
before (`codes/uk-dms.csv`, column `when`). The second `Declaration` of an amendment names no number and is skipped.
By the schema `Status` and `Error` may stand several times, and `IssueDateTime` not at all (`WCO_RES_2_DMS.xsd`).
"""

from datetime import datetime
from typing import cast

from clearance.authorities.uk.kinds import checked, scoped
from clearance.events.receipts import parts
from clearance.events.receipts.xml import fields, local
from clearance.events.tables.authority import Element
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import About, Receipt
from clearance.events.values.times import bad_time, plausible

SYSTEM = "uk-dms"
REJECTED, ANSWERED, TAXED, ASKED = "03", "11", "13", "51"
EXPIRED = ["CDS12046"]
OF_THE_DECLARATION = frozenset({"01", "05", "06", "07", "08", "09", "13", "16"})
"""Codes that speak of the declaration as such, never of a request about it."""
RESOLVED = "certex check"
"""How the text of a 51 begins that tells of a resolved case."""
PRELODGED = "67"
"""NameCode of a 13 that comes with a pre-lodged entry."""
INSTRUCTION = "ReferenceID", "DueDateTime"
DECIDES = frozenset({"39", "41"})
"""NameCodes of an answer that say what was decided: granted, denied."""
PLAIN = frozenset({"FunctionCode", "FunctionalReferenceID"})
MAX_ID = 80
HASHED = 255
"""Characters of the text that enter a receipt id: those that were held when the first ids were made."""
NONE: list[dict[str, str]] = [{}]
OFFSETS = frozenset("Z+-")
FORM = "20230908115709Z or 20230908115709+01"


def notification(root: Element, sender: str, system: str) -> list[Receipt]:
    responses = list(root.iterchildren("{*}Response")) or [root] * (local(root) == "Response")
    if not responses:
        raise InvalidMessage(f"{local(root)} holds no Response: only notifications (RES) of UK customs are read")
    return [receipt for response in responses for receipt in _receipts(response, sender)]


def _receipts(response: Element, sender: str) -> list[Receipt]:
    values, names, declarations, errors, texts = _read(response)
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
    for declaration in declarations or NONE:
        numbers = _numbers(declaration, sender)
        receipt_id = own or parts.receipt_id(code, stated, numbers[0] if numbers else "", text[:HASHED])
        version = declaration.get("VersionID", "")
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
                details={"version": version[:20]} if version else {},
                reference=declaration.get("FunctionalReferenceID", ""),
                about=_about(code, version),
            )
        )
    return receipts


def _read(response: Element) -> tuple[dict[str, str], list[str], list[dict[str, str]], list[str], list[str]]:
    """One pass over the response: plain values, statuses, declarations that name a number, error codes, texts."""
    values: dict[str, str] = {}
    names: list[str] = []
    declarations: list[dict[str, str]] = []
    errors: list[str] = []
    texts: list[str] = []
    for child in response:
        name = cast(str, child.tag)
        name = name[name.rfind("}") + 1 :]
        if name == "Declaration":
            inner = fields(child)
            if inner.get("ID") or inner.get("FunctionalReferenceID"):
                declarations.append(inner)
        elif name == "IssueDateTime":
            inside = child[0] if len(child) == 1 else next(child.iterchildren("{*}DateTimeString"), child)
            _put(values, name, inside.text)
        elif name == "Error":
            errors.append(fields(child).get("ValidationCode", ""))
        elif name == "AdditionalInformation":
            if description := fields(child).get("StatementDescription"):
                texts.append(description)
        elif name == "Status":
            names.append(fields(child).get("NameCode", "")[: parts.MAX_CODE])
        elif name in PLAIN:
            _put(values, name, child.text)
    return values, names, declarations, errors, texts


def _put(values: dict[str, str], name: str, text: str | None) -> None:
    text = text.strip() if text else ""
    if values.setdefault(name, text) != text:
        raise InvalidMessage(f"{name} stands twice: {values[name][:40]!r} and {text[:40]!r}")


def issued(text: str) -> datetime:
    """IssueDateTime, format 304, as UTC. Raises `InvalidMessage`."""
    try:
        time = datetime.fromisoformat(f"{text[:8]}T{text[8:]}") if _is_304(text) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise bad_time("IssueDateTime", text, FORM)
    return plausible(time, "IssueDateTime", text)


def _is_304(text: str) -> bool:
    """Fourteen digits and an offset; the offset itself is read by the standard library."""
    return len(text) <= 20 and text[:14].isdigit() and text[14:15] in OFFSETS and text.isascii()


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
        return "resolved" if any(text.lower().startswith(RESOLVED) for text in texts) else ""
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
