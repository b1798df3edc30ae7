"""`clearance.client`: asks the API of clearance, and follows its feed of changes without losing one.

    from clearance.client import Client

    with Client("http://127.0.0.1:8000") as clearance:
        print(clearance.declaration("E20260004010000003").value.status.words)

`AsyncClient` is the same in an event loop. It needs httpx and msgspec, and nothing else of clearance.
"""

from clearance.client.answers import Answer, Freshness
from clearance.client.asynchronous import AsyncClient
from clearance.client.blocking import Client
from clearance.client.errors import (
    ClearanceError,
    Conflict,
    HistoryMoved,
    HoleInFeed,
    KeyRefused,
    NotAllowed,
    Refused,
    SeveralDeclarations,
    TooMany,
    Unavailable,
    Unknown,
    Unreachable,
)
from clearance.client.feed import Change
from clearance.client.place import Place, PlaceRefused
from clearance.client.retries import ENDLESS, ONCE, Retries

__all__ = [
    "ENDLESS",
    "ONCE",
    "Answer",
    "AsyncClient",
    "Change",
    "ClearanceError",
    "Client",
    "Conflict",
    "Freshness",
    "HistoryMoved",
    "HoleInFeed",
    "KeyRefused",
    "NotAllowed",
    "Place",
    "PlaceRefused",
    "Refused",
    "Retries",
    "SeveralDeclarations",
    "TooMany",
    "Unavailable",
    "Unknown",
    "Unreachable",
]
