"""Numbers that were used again: which receipts count where.

Whoever gives a reusable number (`numbers.csv`) may give it to another declaration. What names nothing but such numbers,
once they lead to several, may be of any of them: it counts where the number itself stands, and with none of those that
it leads to. They hold it all the same, beside the claims that say so: what counts is a function of the set.
"""

from clearance.events.receipts.cap import Key
from clearance.events.receipts.facts import Fact, Facts
from clearance.events.receipts.formats import authority_of
from clearance.events.standing.fold import fold
from clearance.events.standing.statements import answers
from clearance.events.standing.track import Signal, Track
from clearance.events.tables.numbers import Numbers
from clearance.events.tables.tables import Tables
from clearance.events.values.receipt import Receipt


def track_of(facts: Facts, tables: Tables) -> Track:
    """The fold over a whole set."""
    if not facts.claims:
        return fold(facts.receipts.values(), tables, answers(facts))
    of_one = not is_undecided(facts, tables.numbers)
    track = fold(counted(facts, tables.numbers), tables, answers(facts), of_one)
    if track.taken and (contested := sorted(_contested(facts, tables.numbers))):
        track.lasting = {**track.lasting, "A23": tuple(_conflict(alias, track) for alias in contested)}
    return track


def _conflict(alias: str, track: Track) -> Signal:
    """A23, since a receipt named the number that a second declaration claims. The other is not named: who sees this one
    need not see that."""
    number = alias.partition(":")[2]
    naming = (taken for taken in track.taken if number in taken.fact.receipt.numbers)
    first = next(naming, track.taken[0])
    return Signal("A23", first.at, (first.fact.receipt.receipt_id,), "", {"number": number.partition(":")[2]})


def counted(facts: Facts, numbers: Numbers) -> list[Fact]:
    """The receipts that say something of this declaration: nearly always all."""
    out = left_out(facts, numbers)
    return [fact for key, fact in facts.receipts.items() if key not in out]


def left_out(facts: Facts, numbers: Numbers) -> dict[Key, Fact]:
    """The receipts that are held and do not count."""
    if not facts.claims or is_undecided(facts, numbers):
        return {}
    again = used_again(facts, numbers)
    return {key: fact for key, fact in facts.receipts.items() if _names_only(fact.receipt, again, numbers)}


def is_undecided(facts: Facts, numbers: Numbers) -> bool:
    """Whether these are the facts of a number that leads to several declarations, and not of one of them."""
    again = used_again(facts, numbers)
    return bool(again) and not any(
        numbers.role(alias.partition(":")[0], number) == "primary" for alias in again for number in facts.numbers
    )


def is_contested(facts: Facts, numbers: Numbers) -> bool:
    """Whether a number that names one declaration is claimed by a second."""
    return bool(_contested(facts, numbers))


def _contested(facts: Facts, numbers: Numbers) -> frozenset[str]:
    return frozenset(claim.alias for claim in facts.claims if not claim.alias.startswith(numbers.reusable))


def used_again(facts: Facts, numbers: Numbers) -> frozenset[str]:
    """The ids of reusable numbers that lead to several declarations, as far as these facts tell."""
    return frozenset(claim.alias for claim in facts.claims if claim.alias.startswith(numbers.reusable))


def _names_only(receipt: Receipt, again: frozenset[str], numbers: Numbers) -> bool:
    """Whether all numbers of a receipt that identify have been used again."""
    authority = authority_of(receipt)
    identifying = (number for number in receipt.numbers if numbers.role(authority, number) != "search")
    return all(f"{authority}:{number}" in again for number in identifying)
