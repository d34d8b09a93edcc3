"""The files of deploy/ and what the how-to pages say of a proxy."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "pantler.service"
IMAGE = (ROOT / "deploy" / "Containerfile").read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    here = tmp_path / UNIT.name
    here.write_text(
        UNIT.read_text().replace("/opt/pantler/bin/pantler", str(Path(sys.executable).with_name("pantler")))
    )
    found = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False)
    assert here.name not in found.stderr, found.stderr


def test_the_unit_waits_longer_for_answers_under_way_than_the_gateway_does() -> None:
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), flags=re.MULTILINE)
    page = (ROOT / "docs/how-to/run-as-a-service.md").read_text()
    (grace,) = re.findall(r"^grace_seconds = (\d+)$", page, flags=re.MULTILINE)
    assert int(stop) > int(grace)


def test_the_unit_lets_writers_follow_the_loop_and_ends_nothing_for_a_call_that_it_forbids() -> None:
    unit = UNIT.read_text()
    rules = re.findall(r"^SystemCallFilter=(.*)$", unit, flags=re.MULTILINE)
    assert rules.index("sched_setaffinity") > rules.index("~@privileged @resources")  # the last counts
    assert "SystemCallErrorNumber=EPERM" in unit.splitlines()


def test_the_secrets_are_their_owners_alone_and_what_is_made_after_them_is_open_to_the_services_user(
    tmp_path: Path,
) -> None:
    page = (ROOT / "docs/how-to/run-as-a-service.md").read_text()
    (block,) = (text for text in re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL) if "> secrets.env" in text)
    asked = f"umask 022\nOPENAI_API_KEY=key\nopenssl() {{ echo random; }}\n{block}mkdir after"
    subprocess.run(["sh", "-euc", asked], cwd=tmp_path, check=True)
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "after").stat().st_mode & 0o777 == 0o755


def test_the_image_runs_as_nobody_in_particular_and_tells_its_health() -> None:
    assert re.findall(r"^USER (.*)$", IMAGE, flags=re.MULTILINE) == ["10001:10001"]
    assert "/healthz" in IMAGE.partition("HEALTHCHECK")[2]
    assert '["serve", "/etc/pantler/gateway.toml"]' in IMAGE


def test_the_image_may_be_built_over_another_base() -> None:
    assert "ARG BASE=docker.io/library/python:" in IMAGE.partition("FROM")[0]
    assert re.findall(r"^FROM (\S+)", IMAGE, flags=re.MULTILINE) == ["${BASE}", "${BASE}"]


def test_the_image_takes_only_what_the_lock_pins() -> None:
    installs = re.findall(r"pip install (.*?) *\\?$", IMAGE, flags=re.MULTILINE)
    assert len(installs) == 2
    assert all("--require-hashes" in install or "--no-deps" in install for install in installs)
    (copied,) = re.findall(r"^COPY (requirements/\S+)", IMAGE, flags=re.MULTILINE)
    assert (ROOT / copied).is_file()


def test_what_builds_the_image_is_given_what_it_copies_and_no_secrets() -> None:
    rules = (ROOT / "deploy" / "Containerfile.dockerignore").read_text().splitlines()
    (copied,) = re.findall(r"^COPY (.*) /made/$", IMAGE, flags=re.MULTILINE)
    assert rules[1:] == ["*", *(f"!{each}" for each in copied.split())]


def test_the_image_asks_for_its_health_with_code_that_runs(served: str) -> None:
    (code,) = re.findall(r'"-c", "(.*)"\]', IMAGE)
    asked = code.replace("http://127.0.0.1:8080", served)
    assert asked != code
    exec(asked, {})
