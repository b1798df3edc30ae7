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
    codes = {
        f"{kind}:{party[field].strip().upper()}"
        for party in parties.values()
        for field, kind in CODES
        if party.get(field)
    }
    through = {f"{CONNECTION}:{one}" for one in connections if one}
    return tuple(sorted(codes | through | {of_organisation(one) for one in granted}))


def of_organisation(organisation: str) -> str:
    """What an organisation is named by where the operator lets it see a declaration."""
    return f"{ORGANISATION}:{organisation}"
