"""docker-compose.yml and Dockerfile, as far as they can be tried without a Docker engine."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import skip_or_fail

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def compose_config(**environment: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("docker-compose") is None:
        skip_or_fail("COMPOSE", "docker-compose is not installed")
    clean = {key: value for key, value in os.environ.items() if key != "NEO4J_PASSWORD"}
    return subprocess.run(
        ["docker-compose", "-f", str(ROOT / "docker-compose.yml"), "config"],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
    )


def services() -> dict[str, dict[str, object]]:
    result = compose_config(NEO4J_PASSWORD="from the environment")
    assert result.returncode == 0, result.stderr
    found = yaml.safe_load(result.stdout)["services"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("environment", [{}, {"NEO4J_PASSWORD": ""}])
def test_without_a_password_nothing_starts(environment: dict[str, str]) -> None:
    result = compose_config(**environment)
    assert result.returncode != 0
    assert "there is no default" in result.stderr


def test_neo4j_keeps_its_data_and_says_when_it_is_ready() -> None:
    neo4j = services()["neo4j"]
    assert str(neo4j["image"]).startswith("neo4j:5.26")
    assert (bool(neo4j["volumes"]), bool(neo4j["healthcheck"]), "ports" in neo4j) == (True, True, False)


def test_the_api_waits_for_neo4j_and_can_write_nothing_but_its_home_and_tmp() -> None:
    api = services()["api"]
    assert api["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert (api["read_only"], api["tmpfs"], api["cap_drop"]) == (True, ["/tmp"], ["ALL"])
    assert api["security_opt"] == ["no-new-privileges:true"]
    assert str(api["user"]).split(":")[0] not in ("", "0", "root")
    assert (
        str(api["volumes"]).count(":/var/lib/corridor/home") + str(api["volumes"]).count("'/var/lib/corridor/home'")
        == 1
    )
    assert "/health/ready" in str(api["healthcheck"])
    assert str(api["ports"]).count("127.0.0.1") == 1 or "host_ip" in str(api["ports"])


def test_memory_is_bounded_and_the_server_answers_to_its_names_alone() -> None:
    found = services()
    assert {name: bool(one["mem_limit"]) for name, one in found.items()} == {"neo4j": True, "api": True}
    assert found["api"]["environment"]["CORRIDOR_HOSTS"] == "127.0.0.1,localhost,api"  # type: ignore[index]


def test_the_image_runs_as_a_user_of_its_own_from_pinned_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^FROM (\S+)", dockerfile) == ["python:3.11-slim"] * 2
    assert re.findall(r"(?m)^USER (\d+)", dockerfile) == ["10001"]
    assert "--require-hashes" in dockerfile


def test_what_the_image_copies_is_let_through_dockerignore() -> None:
    listed = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"*", "!requirements.lock", "!pyproject.toml", "!LICENSE"} <= set(listed)
    assert {f"!{package}" for package in ("api", "graph", "ingest", "queries", "viz")} <= set(listed)
