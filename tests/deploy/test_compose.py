"""The compose stack: what it starts exists, it opens ports on loopback only, and our processes can do little else.

The surprise: the stack is read, not run; no image can be had here.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from clearance.cli.main import program
from clearance.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
STACK: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = STACK["services"]
OURS = sorted(name for name, service in SERVICES.items() if service.get("image") == "clearance")
OTHERS = sorted({*SERVICES} - {*OURS})
COMMANDS = {one.name for one in program().registered_commands} | {one.name for one in program().registered_groups}
ONE_SHOTS = {"topics", "replay", "archive"}
JOURNALS = {"journal:/state", "index:/state", "archive:/archive"}
"""What outlasts a container of ours: which files of a folder were taken, what spares trackers reading all again, and
inputs in files."""


def test_it_has_all_the_parts() -> None:
    assert {*OURS} == {
        "analyst", "api", "archive", "ingest", "notices", "projector", "replay", "simulator", "topics", "tracker"
    }  # fmt: skip
    assert OTHERS == ["grafana", "kafka", "postgres", "prometheus"]


@pytest.mark.parametrize("name", OURS)
def test_our_processes_run_commands_that_there_are(name: str) -> None:
    assert SERVICES[name]["command"][0] in COMMANDS


@pytest.mark.parametrize("name", OURS)
def test_our_processes_can_write_nothing_but_what_is_lost(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image's: nobody
    assert all(volume.endswith(":ro") for volume in service.get("volumes", []) if volume not in JOURNALS)


def test_our_image_runs_as_nobody() -> None:
    final = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").rsplit("\nFROM ", 1)[1]
    assert "\nUSER 65534:65534\n" in final


@pytest.mark.parametrize("name", OURS)
def test_the_environment_of_our_processes_holds_settings_only(name: str) -> None:
    told = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert {*SERVICES[name].get("environment", {})} <= told


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_none_takes_all_memory_or_fills_the_disk_with_logs(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert {"max-size", "max-file"} <= {*service["logging"]["options"]}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_are_files_without_defaults_that_who_needs_them_sees(name: str) -> None:
    service = SERVICES[name]
    named = {
        path.rpartition("/")[2] for path in map(str, service.get("environment", {}).values()) if "/secrets/" in path
    }
    seen = {*service.get("secrets", [])}
    assert seen <= named
    if "store" in service.get("networks", []):
        assert "database" in seen
    assert not [value for value in map(str, service.get("environment", {}).values()) if "PASSWORD:-" in value]


def test_no_secret_lies_in_the_repository() -> None:
    files = {one["file"] for one in STACK["secrets"].values()}
    assert files == {f"./secrets/{name}" for name in STACK["secrets"]}
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    made = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nsecrets:")[2].partition("\n\n")[0]
    assert all(name in made for name in STACK["secrets"])


def test_the_store_is_reached_by_those_only_who_speak_to_it() -> None:
    assert STACK["networks"]["store"] == {"internal": True}
    within = {name for name, service in SERVICES.items() if "store" in service.get("networks", [])}
    assert within == {"api", "notices", "postgres", "projector"}
    assert "watch" not in SERVICES["postgres"]["networks"]


def test_without_a_profile_nothing_is_simulated_and_nobody_is_told() -> None:
    asked_for = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert asked_for == {name: [name] for name in ("archive", "ingest", "notices", "replay", "simulator")}


@pytest.mark.parametrize("name", ["tracker", "api", "projector"])
def test_more_of_one_can_be_started(name: str) -> None:
    service = SERVICES[name]
    assert "container_name" not in service
    assert f"{PREFIX}TRACKER_INSTANCE" not in service["environment"]  # two of one name do not run
    for port in service.get("ports", []):
        first, _, last = port.split(":")[1].partition("-")
        assert int(last) > int(first), "each replica needs a port of its own"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", OTHERS)
def test_images_are_pinned(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert tag
    assert tag != "latest"


@pytest.mark.parametrize("name", sorted({*SERVICES} - ONE_SHOTS))
def test_services_that_keep_running_have_health_checks(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_only_for_what_has_a_health_check_or_ends(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[needed]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert needed in ONE_SHOTS


def test_kafka_is_the_same_everywhere() -> None:
    pom = (ROOT / "deploy/kafka/pom.xml").read_text(encoding="utf-8")
    assert f"<version>{SERVICES['kafka']['image'].partition(':')[2]}</version>" in pom


def test_prometheus_asks_our_processes_where_they_answer() -> None:
    jobs = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    targets = {target for job in jobs for group in job.get("static_configs", []) for target in group["targets"]}
    targets |= {f"{found['names'][0]}:{found['port']}" for job in jobs for found in job.get("dns_sd_configs", [])}
    defaults = Settings.model_fields
    assert targets == {
        f"tracker:{defaults['tracker_metrics_port'].default}",
        f"analyst:{defaults['analyst_metrics_port'].default}",
        f"projector:{defaults['projector_metrics_port'].default}",
        f"simulator:{defaults['simulator_metrics_port'].default}",
        f"notices:{defaults['notices_metrics_port'].default}",
        f"api:{defaults['api_port'].default}",
        f"ingest:{defaults['ingest_metrics_port'].default}",
    }
    for target in targets:
        name, port = target.split(":")
        assert f"//127.0.0.1:{port}/" in SERVICES[name]["healthcheck"]["test"][-1]
