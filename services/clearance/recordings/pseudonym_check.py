"""Whether a story that was told anew, with other names and numbers, still comes to the same.

Which of two copies is kept that were received at the same moment depends on their bytes; so whether the later one
changed anything is not compared. Nor is what is in the words of the messages: a phrase of success in other words may be
a warning.
"""

from typing import Any

from clearance.recordings.pseudonyms import Pseudonyms
from clearance.recordings.story import Story, ToldDeclaration, as_expected

IN_OTHER_WORDS = frozenset({"meanings", "words", "details", "goods", "particulars"})
"""What holds names, numbers and phrases of the messages, which are others now."""


def changed_outcomes(before: Story, after: Story, pseudonyms: Pseudonyms) -> list[str]:
    """What comes out otherwise, one line each: declarations, all about them, and what was refused."""
    expected = {pseudonyms.declaration(told.id): _retold(told, pseudonyms) for told in before}
    if expected.keys() != set(after.declarations):
        return [f"declarations: {sorted(after.declarations)}, expected {sorted(expected)}"]
    found = [
        f"{told.id} {key}: {value!r}, expected {expected[told.id][key]!r}"
        for told in after
        for key, value in _sorted(as_expected(told)).items()
        if value != expected[told.id][key]
    ]
    if [one.name for one in after.refused] != [one.name for one in before.refused]:
        found.append(f"refused: {after.refused}, expected {before.refused}")
    return found


def _retold(told: ToldDeclaration, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """A declaration as it must come out, with the names and numbers of the new story."""
    one = as_expected(told)
    numbers = {
        kind: [pseudonyms.number(f"{kind}:{value}").partition(":")[2] for value in values]
        for kind, values in one["numbers"].items()
    }
    aliases = [pseudonyms.declaration(alias) for alias in one["aliases"]]
    commands = {pseudonyms.command(command): outcome for command, outcome in one["commands"].items()}
    texts = [pseudonyms.text(text) for text in one["texts"]]
    granted = [pseudonyms.organisation(name) for name in one["granted"]]
    others = {"numbers": numbers, "aliases": aliases, "commands": commands, "texts": texts, "granted": granted}
    return _sorted(one | others)


def _sorted(one: dict[str, Any]) -> dict[str, Any]:
    numbers = {kind: sorted(values) for kind, values in one["numbers"].items()}
    comparable = {name: value for name, value in one.items() if name not in IN_OTHER_WORDS}
    in_no_order = {name: sorted(one[name]) for name in ("aliases", "texts", "clocks", "granted")}
    return comparable | {"numbers": numbers, **in_no_order}
