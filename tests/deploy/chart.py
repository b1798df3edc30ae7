"""The chart of `deploy/helm`, rendered as `helm template` does, without a cluster."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

helm = pytest.importorskip("helm_python", reason="no wheel of helm-python-sdk for this machine")
HELM = Path(__file__).parents[2] / "deploy" / "helm"
CHART = HELM / "clearance"
WISHES = {path.stem: path for path in sorted((HELM / "values").glob("*.yaml"))}
"""Values for one kind of operation each, by name."""
Resource = dict[str, Any]


def wish(name: str) -> dict[str, Any]:
    """What a values file says."""
    read: dict[str, Any] = yaml.safe_load(WISHES[name].read_text(encoding="utf-8"))
    return read


def rendered(values: Mapping[str, Any]) -> list[Resource]:
    """Every resource. Raises `helm.HelmError` for values that the chart refuses."""
    chart = helm.Chart.load(CHART)
    chart.validate_schema(chart.merge_values(dict(values)))
    texts = chart.render(dict(values), name="demo", namespace="customs")
    documents = (yaml.safe_load_all(text) for path, text in texts.items() if path.endswith(".yaml"))
    return [one for some in documents for one in some if one]


@cache
def resources(name: str) -> list[Resource]:
    """Those of a values file."""
    return rendered(wish(name))


def of_kind(name: str, *kinds: str) -> list[Resource]:
    """Those of these kinds."""
    return [one for one in resources(name) if one["kind"] in kinds]


def templates(name: str) -> list[Resource]:
    """Those of all pods, with their labels."""
    specs = [one["spec"] for one in of_kind(name, "StatefulSet", "Deployment", "Job")]
    specs += [one["spec"]["jobTemplate"]["spec"] for one in of_kind(name, "CronJob")]
    return [spec["template"] for spec in specs]


def pods(name: str) -> Iterator[tuple[str, Resource]]:
    """The component and the specification of each pod."""
    for template in templates(name):
        yield template["metadata"]["labels"]["app.kubernetes.io/component"], template["spec"]
