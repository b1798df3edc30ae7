"""From many numbers to the declarations that they mean, at the price of a few: what `lookup` says of each.

The surprise: here only those are told that mean one declaration or none. Where a number may mean several, `lookup` is
asked for it.
"""

from itertools import groupby

from clearance.api.lookup import matching, meanings, respelt, the_one
from clearance.api.problems import Problem
from clearance.api.words import Words
from clearance.store.reader import Reader
from clearance.store.rows import Meant, Stored

AT_ONCE = 250
"""Numbers in one statement."""
MOST = 20 * AT_ONCE
"""Carriers that one statement tells of; where there are more, as of a bill of lading of hundreds, each is asked for."""
Asked = dict[str, list[Meant]]


def each(reader: Reader, numbers: list[str], words: Words) -> dict[str, Stored | Problem]:
    """The declaration that each number means; or the problem, unknown or several."""
    found = _carriers(reader, {number: meanings(number) for number in numbers})
    found |= _carriers(reader, {number: respelt(number) for number in numbers if not found[number]})
    rows = {row.id: row for row in reader.declarations({one[0] for one in found.values() if len(one) == 1})}
    return {number: _one(reader, number, words, found[number], rows) for number in numbers}


def _one(reader: Reader, number: str, words: Words, ids: list[str], rows: dict[str, Stored]) -> Stored | Problem:
    if not ids:
        return Problem("unknown-number", number=number)
    if len(ids) == 1 and ids[0] in rows:
        return rows[ids[0]]
    try:
        return the_one(reader, number, words)
    except Problem as problem:
        return problem


def _carriers(reader: Reader, asked: Asked) -> dict[str, list[str]]:
    """Ids of whoever carries each number, in any of its meanings; of all of them or more than one."""
    found: dict[str, list[str]] = {}
    for at in range(0, len(asked), AT_ONCE):
        found |= _of_some(reader, dict([*asked.items()][at : at + AT_ONCE]))
    return found


def _of_some(reader: Reader, asked: Asked) -> dict[str, list[str]]:
    values = {one.value for meant in asked.values() for one in meant}
    rows = sorted(reader.carriers_of_each(values, MOST), key=lambda row: row[1].value)
    if len(rows) == MOST:
        return {number: matching(reader, number) for number in asked}
    held = {value: list(these) for value, these in groupby(rows, key=lambda row: row[1].value)}
    return {number: _among(meant, held) for number, meant in asked.items()}


def _among(meant: list[Meant], held: dict[str, list[tuple[str, Meant]]]) -> list[str]:
    """Who of these carries a number in one of the meanings."""
    fitting = (
        target
        for one in meant
        for target, carried in held.get(one.value, ())
        if one.authority in ("", carried.authority) and one.kind in ("", carried.kind)
    )
    return list(dict.fromkeys(fitting))
