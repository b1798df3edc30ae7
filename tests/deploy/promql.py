"""Which metrics a query asks for, how, and by which labels: what a parser of PromQL says of it."""

import re
from dataclasses import dataclass

import promql_parser as promql

OF_GRAFANA = re.compile(r"\$__(?:rate_interval|range)\b")


@dataclass(frozen=True)
class Asked:
    """One metric in a query: the functions around it, innermost first, the labels matched on it or grouped by."""

    metric: str
    functions: tuple[str, ...]
    labels: frozenset[str]
    is_range: bool


def asked(query: str) -> list[Asked]:
    """The metrics of a query. Raises `ValueError` where it is no PromQL."""
    found, around = [], list[promql.Expr]()

    def begin(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append(_asked(node, around))
        around.append(node)

    def end(_: promql.Expr) -> None:
        around.pop()

    promql.walk(promql.parse(OF_GRAFANA.sub("5m", query)), begin, end)
    return found


def _asked(selector: promql.VectorSelector, around: list[promql.Expr]) -> Asked:
    named = [name for node in reversed(around) for name in _function(node)]
    matched = {one.name for one in selector.matchers.matchers}
    labels = matched.union(*map(_grouping, around))
    return Asked(selector.name or "", tuple(named), frozenset(labels), _is_range(around))


def _is_range(around: list[promql.Expr]) -> bool:
    return bool(around) and isinstance(around[-1], promql.MatrixSelector)


def _function(node: promql.Expr) -> list[str]:
    match node:
        case promql.Call():
            return [node.func.name]
        case promql.AggregateExpr():
            return [str(node.op)]
    return []


def _grouping(node: promql.Expr) -> list[str]:
    match node:
        case promql.AggregateExpr(modifier=promql.AggModifier() as modifier):
            return modifier.labels
        case promql.BinaryExpr(modifier=promql.BinModifier() as modifier):
            matching = modifier.matching.labels if modifier.matching else []
            return [*matching, *(modifier.group_labels or [])]
    return []
