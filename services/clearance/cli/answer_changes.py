"""What changed between two answers about one declaration, one line each. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from clearance.cli.answer_panel import entry_means
from clearance.cli.api_access import Shown
from clearance.cli.declaration_panel import COLOURS, SEVERITIES
from clearance.cli.options import plain


class Change(NamedTuple):
    """`what`: receipt, status, silence, flag, number, anomaly, end. `style` is how a terminal shows it."""

    what: str
    text: str
    style: str = ""


def changes(before: Shown | None, after: Shown) -> Iterator[Change]:
    """In the order in which a reader asks; without `before`, everything is new."""
    old, new = before.body if before else {}, after.body
    for entry in _added(before.timeline if before else [], after.timeline, ("receipt_id", "code", "at")):
        yield Change("receipt", f"{entry['at']}  {plain(entry['code'])}  {entry_means(entry)}")
    yield from _status(old.get("status"), new)
    yield from _silence(old.get("silence"), new["silence"])
    yield from _flags(old.get("flags", []), new["flags"])
    for one in _added(old.get("numbers", []), new["numbers"], ("value",)):
        yield Change("number", plain(f"{one['kind']['words']} {one['value']}"))
    yield from _anomalies(old.get("anomalies", []), new["anomalies"])
    if old.get("in_progress", True) and not new["in_progress"]:
        yield Change("end", "nothing more is to come", "bold")


def _status(was: dict[str, str] | None, new: dict[str, Any]) -> Iterator[Change]:
    now = new["status"]
    if was is None or was["code"] != now["code"]:
        before = f"{was['code']} → " if was else ""
        yield Change("status", f"{before}{now['code']}  {now['words']}", COLOURS.get(new["group"]["code"], "cyan"))


def _silence(old: dict[str, Any] | None, new: dict[str, Any] | None) -> Iterator[Change]:
    """Of a new stage; that a new table tells other times is no change."""
    if new and (old is None or old["since"] != new["since"]):
        yield Change("silence", plain(new["text"]))


def _flags(old: list[dict[str, str]], new: list[dict[str, str]]) -> Iterator[Change]:
    for sign, found in (("+", _added(old, new, ("code",))), ("-", _added(new, old, ("code",)))):
        for one in found:
            yield Change("flag", f"{sign} {one['code']}  {one['words']}")


def _anomalies(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    for one in _added(old, new, ("id",)):
        text = plain(f"{one['rule']['code']}  {one['text']}")
        yield Change("anomaly", text, SEVERITIES[one["severity"]["code"]])
    for one in _added(new, old, ("id",)):
        yield Change("anomaly", plain(f"{one['rule']['code']}  {one['rule']['words']}: closed"), "dim")


def _added(old: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]], by: tuple[str, ...]) -> list[dict[str, Any]]:
    """Those of `new` that no row of `old` equals in the fields `by`."""
    known = {tuple(one[field] for field in by) for one in old}
    return [one for one in new if tuple(one[field] for field in by) not in known]
