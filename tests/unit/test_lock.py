import re
import tomllib
from functools import cache
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CORE = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
RUNTIME = sum((EXTRAS[extra] for extra in ("simulator", "gateway", "semantic", "minilm", "faiss")), CORE)
GROUPS = PROJECT["dependency-groups"]
LOCKS = {
    "runtime": RUNTIME,
    "dev": RUNTIME + GROUPS["dev"],
    "bench": RUNTIME + GROUPS["dev"] + GROUPS["bench"],
    "gateway": CORE + EXTRAS["gateway"],
    "release": GROUPS["release"],
    "local": GROUPS["local"],
}


@cache
def blocks(lock: str) -> tuple[str, ...]:
    """One string per pinned package: its pin, its hashes, the comment that says who wants it."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    return tuple(re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:])


def pins(lock: str) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for block in blocks(lock):
        pin = Requirement(block.split("\\")[0])
        found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


def wanted_by_the_project(block: str) -> bool:
    return "pyproject.toml" in block


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    for block in blocks(lock):
        assert re.match(r"[a-z0-9.-]+==[^ ]+ (; [^\\]+)?\\\n    --hash=sha256:[0-9a-f]{64}\b", block), block


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_path(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    assert not re.findall(r"^.*(?:://|index-url|find-links| @ |file:).*$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_in_step_with_pyproject(lock: str) -> None:
    pinned = pins(lock)
    required = [Requirement(line) for line in LOCKS[lock]]
    for requirement in required:
        for pin in pinned.get(canonicalize_name(requirement.name), [Requirement("missing==0")]):
            version = next(iter(pin.specifier)).version
            assert requirement.specifier.contains(version), f"make lock: {requirement} is not in {lock}.lock ({pin})"
    direct = {canonicalize_name(re.split("==", block)[0]) for block in blocks(lock) if wanted_by_the_project(block)}
    assert direct == {canonicalize_name(requirement.name) for requirement in required}, "make lock"


def test_a_core_install_brings_at_most_twelve_packages() -> None:
    found: set[str] = set()
    waiting = [Requirement(line) for line in CORE]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting.extend(Requirement(line) for line in requires(name) or ())
    assert len(found) <= 12, sorted(found)
