"""The parties of a declaration: the identifiers of whoever may see it, as its messages name them. Pure.

Registering and stating name nobody: only what came through a trusted connection does, and what the operator grants.
"""

from collections.abc import Mapping

CONNECTION, ORGANISATION = "connection", "organisation"
CODES = (("scc", "uscc"), ("code", "customs"))
"""Codes of a party in the view, and the kinds of identifiers that they are (`access/identifiers.csv`)."""


def named(
    parties: Mapping[str, Mapping[str, str]], connections: tuple[str, ...], granted: tuple[str, ...]
) -> tuple[str, ...]:
    """Identifiers, `kind:value`, in order: of the parties that messages name, of the connections that these came
    through, and of organisations that it is granted to. Codes are compared in capitals."""
    codes = {_of_code(kind, party[field]) for party in parties.values() for field, kind in CODES if party.get(field)}
    through = {f"{CONNECTION}:{one}" for one in connections if one}
    return tuple(sorted(codes | through | {of_organisation(one) for one in granted}))


def named_before(replaced: Mapping[str, tuple[str, ...]], withdrawn: tuple[str, ...]) -> tuple[str, ...]:
    """The same of codes that a later message replaced, by field (`agent_code`), and of grants that are withdrawn."""
    codes = {
        _of_code(kind, code)
        for field, replaced_codes in replaced.items()
        for code in replaced_codes
        for suffix, kind in CODES
        if field.endswith(f"_{suffix}")
    }
    return tuple(sorted(codes | {of_organisation(one) for one in withdrawn}))


def _of_code(kind: str, code: str) -> str:
    return f"{kind}:{code.strip().upper()}"


def of_organisation(organisation: str) -> str:
    """What an organisation is named by where the operator lets it see a declaration."""
    return f"{ORGANISATION}:{organisation}"
