"""The chart: what it renders to is valid, runs what there is, may do little, and holds no secret."""

import json
from importlib.metadata import version
from typing import Any

import kubernetes_validate
import pytest
import yaml

from clearance.cli.main import program
from clearance.contracts import topic
from clearance.settings import PREFIX, Settings

from .chart import CHART, HELM, WISHES, Resource, helm, of_kind, pods, rendered, resources, templates, wish

VERSIONS = ("1.28", "1.33", "1.37")
"""Of Kubernetes: the oldest that it is for, one in between, the newest whose schemas are there."""
CUSTOM = {"ServiceMonitor", "PrometheusRule", "ScaledObject"}
"""Kinds of operators, for which there are no schemas offline."""
COMMANDS = {one.name for one in program().registered_commands} | {one.name for one in program().registered_groups}
SETTINGS = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
ENDS = {"topics", "archive"}
"""What has done its work when it ends."""
COMPONENT = "app.kubernetes.io/component"


def chosen_by(selector: dict[str, str], name: str) -> list[Resource]:
    """The pods of a selector: their templates."""
    return [one for one in templates(name) if selector.items() <= one["metadata"]["labels"].items()]


def test_there_are_eight_kinds_of_operation() -> None:
    assert {*WISHES} == {
        "minimal", "firm", "port", "nation", "tls-sasl", "external-postgres", "no-monitoring", "keda"
    }  # fmt: skip


@pytest.mark.parametrize("kubernetes", VERSIONS)
@pytest.mark.parametrize("name", WISHES)
def test_kubernetes_takes_every_resource(name: str, kubernetes: str) -> None:
    for resource in resources(name):
        if resource["kind"] not in CUSTOM:
            kubernetes_validate.validate(resource, kubernetes, strict=True)


@pytest.mark.parametrize("name", WISHES)
def test_names_stand_once(name: str) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in resources(name)]
    assert len(names) == len({*names})


@pytest.mark.parametrize("name", WISHES)
def test_pods_run_commands_with_settings_that_there_are(name: str) -> None:
    for _, pod in pods(name):
        [container] = pod["containers"]
        told = {one["name"] for one in container["env"]}
        assert len(told) == len(container["env"]), "one is told twice"
        assert container["args"][0] in COMMANDS
        assert {one for one in told if one.startswith(PREFIX)} <= SETTINGS


@pytest.mark.parametrize("name", WISHES)
def test_files_that_settings_name_are_mounted_from_secrets_that_are_there_already(name: str) -> None:
    assert not of_kind(name, "Secret")
    for _, pod in pods(name):
        [container] = pod["containers"]
        mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
        files = [one["value"] for one in container["env"] if one["name"].endswith("_FILE")]
        assert {path.rpartition("/")[0] for path in files} <= {*mounts}
        volumes = {one["name"]: one for one in pod["volumes"]}
        assert {*mounts.values()} == {*volumes}
        assert all(one.get("secret", {"secretName": "-"})["secretName"] for one in volumes.values())


@pytest.mark.parametrize("name", WISHES)
def test_pods_may_do_little(name: str) -> None:
    for _, pod in pods(name):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 65534
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= {*container["resources"]["requests"]}
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", WISHES)
def test_what_keeps_running_is_probed_where_it_answers(name: str) -> None:
    for component, pod in pods(name):
        [container] = pod["containers"]
        if component in ENDS:
            continue
        [port] = container["ports"]
        field = "api_port" if component == "api" else f"{component}_metrics_port"
        assert port["containerPort"] == Settings.model_fields[field].default
        for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            asked = container[probe]["httpGet"]
            assert (asked["path"], asked["port"]) == (path, port["name"])


@pytest.mark.parametrize("name", WISHES)
def test_services_budgets_and_policies_choose_pods_of_one_component(name: str) -> None:
    for one in of_kind(name, "Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = one["spec"]
        selector = spec.get("podSelector", spec.get("selector"))
        found = chosen_by(selector.get("matchLabels", selector), name)
        assert [pod["metadata"]["labels"][COMPONENT] for pod in found] == [one["metadata"]["labels"][COMPONENT]]
        names = {port["name"] for pod in found for port in pod["spec"]["containers"][0].get("ports", [])}
        if one["kind"] == "Service":
            assert {port["targetPort"] for port in spec["ports"]} == names


@pytest.mark.parametrize("name", [name for name in WISHES if name != "no-monitoring"])
def test_every_pod_has_a_policy_that_lets_out_to_named_ports_only(name: str) -> None:
    policies = {one["metadata"]["labels"][COMPONENT]: one["spec"] for one in of_kind(name, "NetworkPolicy")}
    assert {*policies} == {component for component, _ in pods(name)}
    for policy in policies.values():
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert all(rule["ports"] for rule in policy["egress"])


@pytest.mark.parametrize("name", WISHES)
def test_a_stage_is_named_after_its_pod_and_has_a_session_of_its_own(name: str) -> None:
    for stage in of_kind(name, "StatefulSet"):
        component = stage["metadata"]["labels"][COMPONENT]
        [container] = stage["spec"]["template"]["spec"]["containers"]
        told = {one["name"]: one for one in container["env"]}
        instance = told[f"{PREFIX}{component.upper()}_INSTANCE"]["valueFrom"]
        assert instance == {"fieldRef": {"fieldPath": "metadata.name"}}
        assert told[f"{PREFIX}{component.upper()}_SESSION_SECONDS"]["value"] == "30"
        assert stage["spec"].get("replicas", 0) <= topic("declaration-inputs").partitions


def test_one_projector_runs_and_the_next_begins_when_it_has_ended() -> None:
    [projector] = [one for one in of_kind("minimal", "Deployment") if one["metadata"]["name"] == "demo-projector"]
    assert (projector["spec"]["replicas"], projector["spec"]["strategy"]) == (1, {"type": "Recreate"})


def test_what_is_not_needed_by_all_is_off() -> None:
    assert {component for component, _ in pods("minimal")} == {"tracker", "projector", "api", "topics"}
    nation, port = ({component for component, _ in pods(name)} for name in ("nation", "port"))
    assert nation - port == {"analyst", "archive"}


def test_an_archive_is_written_by_a_job_alone_and_read_by_the_api() -> None:
    mounts = {
        component: mount["readOnly"]
        for component, pod in pods("nation")
        for mount in pod["containers"][0]["volumeMounts"]
        if mount["mountPath"] == "/archive"
    }
    assert mounts == {"api": True, "archive": False}
    [job] = of_kind("nation", "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    with pytest.raises(helm.HelmError):
        rendered({**wish("nation"), "archive": {"enabled": True}})


def test_monitors_and_rules_are_those_of_the_operator() -> None:
    [monitor] = of_kind("port", "ServiceMonitor")
    wanted = monitor["spec"]["selector"]["matchLabels"]
    seen = [one for one in of_kind("port", "Service") if wanted.items() <= one["metadata"]["labels"].items()]
    assert {COMPONENT} == {monitor["spec"]["jobLabel"]}
    assert {one["metadata"]["labels"][COMPONENT] for one in seen} == {"tracker", "projector", "api"}
    ports = {port["name"] for one in seen for port in one["spec"]["ports"]}
    assert {one["port"] for one in monitor["spec"]["endpoints"]} == ports
    files = sorted((CHART / "prometheus" / "rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    assert [one["spec"]["groups"] for one in of_kind("port", "PrometheusRule")] == ([groups] if groups else [])
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


@pytest.mark.parametrize("name", [name for name in WISHES if not wish(name).get("monitoring", {}).get("enabled")])
def test_nothing_of_an_operator_is_made_unless_asked_for(name: str) -> None:
    assert not of_kind(name, "ServiceMonitor", "PrometheusRule")


def test_the_dashboards_are_those_of_grafana_whole() -> None:
    [shipped] = of_kind("nation", "ConfigMap")
    assert shipped["metadata"]["labels"]["grafana_dashboard"] == "1"
    files = {
        path.name: path.read_text(encoding="utf-8") for path in (HELM.parent / "grafana" / "dashboards").glob("*.json")
    }
    assert {name: json.loads(told) for name, told in shipped["data"].items()} == {
        name: json.loads(told) for name, told in files.items()
    }
    assert sum(map(len, shipped["data"].values())) < 1024**2, "the most that a config map holds"


@pytest.mark.parametrize("name", [name for name in WISHES if name != "nation"])
def test_no_dashboards_are_shipped_unless_asked_for(name: str) -> None:
    assert not of_kind(name, "ConfigMap")


def test_keda_scales_the_trackers_within_their_partitions() -> None:
    [scaled] = of_kind("keda", "ScaledObject")
    target = scaled["spec"]["scaleTargetRef"]
    [tracker] = [one for one in of_kind("keda", "StatefulSet") if one["metadata"]["name"] == target["name"]]
    assert "replicas" not in tracker["spec"]
    assert scaled["spec"]["maxReplicaCount"] <= topic("declaration-inputs").partitions


def test_users_call_the_api_by_names_that_it_answers_to() -> None:
    [pod] = [pod for component, pod in pods("port") if component == "api"]
    told = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
    [ingress] = of_kind("port", "Ingress")
    asked = {rule["host"] for rule in ingress["spec"]["rules"]} | {"demo-api", "demo-api.customs.svc"}
    assert asked <= {*told["CLEARANCE_API_HOSTS"].split(",")}


REFUSED: dict[str, dict[str, Any]] = {
    "no broker": {"kafka": {"bootstrapServers": ""}},
    "a broker without a port": {"kafka": {"bootstrapServers": "kafka"}},
    "no secret for keys": {"access": {"existingSecret": ""}},
    "a password in the URL": {"database": {"url": "postgresql://clearance:secret@db/clearance"}},
    "a store that pods cannot share": {"database": {"url": "sqlite:///clearance.db"}},
    "more trackers than partitions": {"tracker": {"replicas": 13}},
    "more analysts than partitions": {"partitions": 6, "analyst": {"enabled": True, "replicas": 7}},
    "SCRAM for nobody": {
        "kafka": {
            "bootstrapServers": "kafka:9092",
            "securityProtocol": "SASL_SSL",
            "sasl": {"mechanism": "SCRAM-SHA-512", "existingSecret": "kafka"},
        }
    },
    "a password behind the URL": {"database": {"url": "postgresql://clearance@db/clearance?password=secret"}},
    "more than at most": {
        "keda": {"enabled": True, "prometheusAddress": "http://prometheus:9090", "minReplicas": 7, "maxReplicas": 6}
    },
    "SASL without a mechanism": {"kafka": {"bootstrapServers": "kafka:9092", "securityProtocol": "SASL_SSL"}},
    "a mechanism without SASL": {"kafka": {"bootstrapServers": "kafka:9092", "sasl": {"mechanism": "PLAIN"}}},
    "a certificate without its secret": {"kafka": {"tls": {"clientCertificate": True}}},
    "a folder without its claim": {"ingest": {"enabled": True}},
    "scaling by nobody": {"keda": {"enabled": True}},
    "a way in without a name": {"api": {"ingress": {"enabled": True}}},
    "a digest that is none": {"image": {"digest": "latest"}},
    "a value that there is not": {"trackers": 3},
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_values_that_cannot_work_are_refused_before_anything_is_made(given: dict[str, Any]) -> None:
    with pytest.raises(helm.HelmError):
        rendered(wish("minimal") | given)


@pytest.mark.parametrize("url", ["postgresql://clearance:secret@db/clearance", "postgresql://a@db/b?password=secret"])
def test_a_password_that_is_refused_is_not_printed(url: str) -> None:
    with pytest.raises(helm.HelmError, match="without a password: that comes from") as refused:
        rendered(wish("minimal") | {"database": {"url": url}})
    assert "secret@" not in str(refused.value)
    assert "=secret" not in str(refused.value)


def test_a_log_that_was_moved_to_more_partitions_has_as_many_trackers() -> None:
    made = rendered(wish("minimal") | {"epoch": 1, "partitions": 24, "tracker": {"replicas": 24}})
    assert [one["spec"]["replicas"] for one in made if one["kind"] == "StatefulSet"] == [24]
    with pytest.raises(helm.HelmError, match=r"docs/moving\.md"):
        rendered(wish("minimal") | {"tracker": {"replicas": 13}})


def test_the_schema_knows_every_value() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert {*schema["properties"]} - {"global"} == {*defaults}
    for name, values in defaults.items():
        if schema["properties"][name].get("additionalProperties") is False:
            assert {*schema["properties"][name]["properties"]} == {*values}, name


def test_the_chart_is_of_this_version() -> None:
    told = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert told["appVersion"] == version("clearance")
