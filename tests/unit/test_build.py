"""From names to parts."""

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

import pantler.policies
from pantler.build import configured, names, part, policy
from pantler.core.errors import ConfigError, UnknownPart
from pantler.core.ranking import Ranking
from pantler.policies.lfu import LFU

FOLDER = Path(pantler.policies.__file__).parent


def test_the_folder_lists_its_own_files() -> None:
    files = {file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_")}
    assert set(names("policies")) == files
    assert {"auto", "gds", "gdsf", "gdsf_remembered", "lec", "lec_decayed", "lec_open", "lfu", "lru"} <= files


def test_names_come_in_order() -> None:
    assert names("multiplexers") == sorted(names("multiplexers"))


def test_a_part_is_the_class_of_its_file() -> None:
    assert part("policies", "lfu") is LFU


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        ("policies", "gdfs", r"no policy named 'gdfs'; did you mean 'gdsf'\?"),
        ("policies", "lec_decay", r"did you mean 'lec_decayed'\?"),
        ("multiplexers", "cascad", r"no multiplexer named 'cascad'; did you mean 'cascade'\?"),
        ("estimators", "qqq", r"no estimator named 'qqq'; known: .*mean"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known_one(kind: str, wrong: str, message: str) -> None:
    with pytest.raises(UnknownPart, match=message):
        part(kind, wrong)


@pytest.mark.parametrize("name", ["__init__", "_hidden", "", "../core/cache", "lru.py"])
def test_only_a_listed_name_is_imported(name: str) -> None:
    with pytest.raises(UnknownPart):
        part("policies", name)


@pytest.mark.parametrize("name", names("policies"))
def test_a_parameter_that_a_policy_does_not_have_names_policy_and_parameter(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name}.*nonsense"):
        policy(name, nonsense=1)


def test_a_parameter_reaches_the_policy() -> None:
    made = policy("lec_decayed", half_life=7.5)
    assert isinstance(made, Ranking)
    assert made.score.half_life == 7.5


@pytest.mark.parametrize("half_life", [0.0, -1.0, float("nan")])
def test_a_half_life_that_never_passes_is_refused(half_life: float) -> None:
    with pytest.raises(ConfigError, match="half-life"):
        policy("lec_decayed", half_life=half_life)


def test_a_policy_asks_for_the_digest_that_it_was_given() -> None:
    asked: list[str] = []

    def digest(key: str) -> int:
        asked.append(key)
        return 1

    policy("gdsf_remembered", hashed=digest).arrive("key")
    assert asked == ["key"]


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that brings a policy called `theirs` and another called `lru`."""
    points = EntryPoints(EntryPoint(name, "pantler.policies.lfu:LFU", "pantler.policies") for name in ("theirs", "lru"))
    monkeypatch.setattr("pantler.config.parts.entry_points", points.select)


@pytest.mark.usefixtures("third_party")
def test_a_third_partys_part_is_found_by_its_entry_point() -> None:
    assert "theirs" in names("policies")
    assert isinstance(configured("policies", "theirs"), LFU)


@pytest.mark.usefixtures("third_party")
def test_a_third_party_cannot_take_the_name_of_our_own_part() -> None:
    assert part("policies", "lru") is not LFU
