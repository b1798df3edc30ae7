"""What all models share: strictness, times, numbers, and values that stand in our tables."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from clearance.contracts.codes import load_statuses


class Wire(BaseModel):
    """One JSON object. Every field is always written; unknown fields and values of a near type are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


RFC3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"


def _utc(value: object) -> object:
    """A string as aware UTC; a datetime must be that already."""
    if isinstance(value, str):
        if not re.fullmatch(RFC3339, value):
            raise ValueError("not RFC 3339 in UTC: write it as 2026-03-01T09:30:00Z")
        return datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.utcoffset() == timedelta():
        return value.astimezone(UTC)
    raise ValueError("not a time in UTC")


UtcTime = Annotated[
    AwareDatetime,
    BeforeValidator(_utc),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": RFC3339}),
]
"""An instant, RFC 3339 with Z, up to microseconds."""

DECLARATION_ID = r"^[a-z]+:[a-z-]+:[^\s]+$"
DeclarationId = Annotated[str, Field(pattern=DECLARATION_ID)]
"""`authority:kind:value`, for example `uk:mrn:26GB00000000000001`."""

NoOrDeclarationId = Annotated[str, Field(pattern=r"^$|" + DECLARATION_ID)]
Number = Annotated[str, Field(pattern=r"^[a-z-]+:\S(.*\S)?$")]
"""`kind:value`; the kinds stand in `codes/numbers.csv`."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Rule = Annotated[str, Field(pattern=r"^A[0-9]{2}$")]
NoOrRule = Annotated[str, Field(pattern=r"^(A[0-9]{2})?$")]
TablesVersion = Annotated[str, Field(pattern=r"^([0-9a-f]{12})?$")]
Count = Annotated[int, Field(ge=0)]


@cache
def _column(name: str) -> frozenset[str]:
    return frozenset(str(getattr(row, name)) for row in load_statuses().values())


@dataclass(frozen=True)
class Column:
    """The value stands in this column of `codes/status.csv`, or is one of `more`. The JSON Schema lists them."""

    name: str
    more: frozenset[str] = frozenset()

    def check(self, value: str) -> str:
        if value not in (known := _column(self.name) | self.more):
            raise PydanticKnownError("literal_error", {"expected": ", ".join(map(repr, sorted(known)))})
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": sorted(_column(self.name) | self.more)}


StatusName = Annotated[str, Column("status")]
NoOrStatusName = Annotated[str, Column("status", frozenset({""}))]
Group = Annotated[str, Column("group")]
Acts = Annotated[str, Column("acts")]
