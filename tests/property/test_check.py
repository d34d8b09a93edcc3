"""However a configuration is mangled, `check` names mistakes in it or finds none: it never falls over."""

import copy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broken_configs import ENVIRONMENT, GOOD
from pantler.cli import main
from pantler.config.writing import toml

WHOLE: dict[str, Any] = copy.deepcopy(GOOD) | {
    "feedback": {"signals": {"liked": 0.8}, "raised_by_one_key": 0.25, "retry_seconds": 60.0}
}
WHOLE["cache"] |= {"path": ""}
WHOLE["models"][1] |= {"settings": {"wrong_rate": 0.1, "latency_seconds": 0.5}}
WHOLE["routes"] += [
    {
        "name": "near",
        "models": ["large"],
        "objective": {"guarantee": {"max_wrong": 0.1, "confidence": 0.9}},
        "multiplexer": {"use": "learned", "fitted": "none", "newcomers": ["large"], "settings": {"x": 1}},
        "semantic": {
            "judge": "model",
            "judge_settings": {"model": "small"},
            "embedder": "hashing",
            "second_embedder": "minilm",
        },
    },
    {
        "name": "tiered",
        "models": ["small", "large"],
        "objective": {"budget": "$5/day", "max_quality_loss": 0.1},
        "multiplexer": {
            "use": "tabular",
            "judge": "agreement",
            "judge_settings": {"enough": 2},
            "tiers": [["small", "large"], ["large"]],
            "least_cost": "0.001",
            "greatest_cost": 1,
            "upgrade_budget": "5%",
        },
    },
]
ODD = st.one_of(
    st.sampled_from(
        ["", "a", "0", "$1/day", "-1", "small", "model", "rules", "agreement", "learned", "1e999", "5%", "none", "/"]
    ),
    st.sampled_from([True, False, 0, 1, -1, 10**30, 0.5, 1e308, float("inf"), float("nan")]),
    st.sampled_from([[], {}, [[]], [{}], {"": ""}, {"a": {"a": 1}}, ["small"], [["small"]], ["small", 1], [1, "x"]]),
)
Path_ = tuple[str | int, ...]


def _places(given: Any, above: Path_ = ()) -> list[Path_]:
    """Where something stands, tables and lists too."""
    inner = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    return [place for key, each in inner for place in ((*above, key), *_places(each, (*above, key)))]


def _mangled(places: list[Path_], odd: list[Any], ways: list[str]) -> dict[str, Any]:
    """The configuration with each of the places changed in its way, as far as they are still there."""
    whole = copy.deepcopy(WHOLE)
    for place, odd_value, way in zip(places, odd, ways, strict=True):
        value = copy.deepcopy(odd_value)  # or what is added to it would be found inside itself
        table: Any = whole
        try:
            for key in place[:-1]:
                table = table[key]
            old = table[place[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        new = {"swap": value, "nest": {"a": old}, "list": [old], "twice": [old, old], "add": value}
        if not isinstance(table, (dict, list)):
            continue
        if way == "remove":
            del table[place[-1]]
        elif way == "add" and isinstance(old, dict):
            old["odd"] = value
        elif way == "first" and isinstance(old, list) and old:
            table[place[-1]] = old[0]
        elif way in new:
            table[place[-1]] = new[way]
    return whole


def _changed(place: Path_, value: Any) -> dict[str, Any]:
    return _mangled([place], [value], ["swap"])


WAYS = ("swap", "remove", "nest", "list", "twice", "add", "first")
CHANGES = st.lists(st.tuples(st.sampled_from(_places(WHOLE)), ODD, st.sampled_from(WAYS)), min_size=1, max_size=5)


@example(whole=_mangled([("tenants", 0, "keys")], [None], ["first"]))
@example(whole=_changed(("routes", 0, "models"), []))
@example(whole=_changed(("routes", 1, "semantic", "judge_settings", "model"), []))
@example(whole=_changed(("routes", 2, "multiplexer", "judge_settings", "enough"), "two"))
@example(whole=_mangled([("routes", 1, "objective", "guarantee", "max_wrong")], [None], ["remove"]))
@given(whole=CHANGES.map(lambda changes: _mangled(*map(list, zip(*changes, strict=True)))))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mangled_file_is_used_or_refused_and_never_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: dict[str, Any]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "mangled.toml"
    file.write_text(toml(whole))
    found = CliRunner().invoke(main, ["check", str(file)])
    assert found.exit_code in {0, 2}, (found.exception, whole)
    assert found.exception is None or isinstance(found.exception, SystemExit)
    if found.exit_code == 2:
        lines = found.output.removeprefix("Error: ").splitlines()
        assert all(line.startswith(f"{file}: ") and "; " in line for line in lines), found.output
