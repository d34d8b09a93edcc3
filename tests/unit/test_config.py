import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pantler.cli import main
from pantler.config.reading import parsed, read
from pantler.config.values import Config
from pantler.config.writing import toml, written
from pantler.core.errors import BadConfig, Mistake

ENVIRONMENT = {"SMALL_KEY": "canary-of-the-upstream", "PANTLER_ADMIN_KEY": "canary-of-the-administrator"}
DIGEST = "hmac-sha256:" + "0123456789abcdef" * 4

GOOD: dict[str, Any] = {
    "gateway": {
        "listen": "127.0.0.1:8080",
        "admin_listen": "127.0.0.1:8081",
        "admin_key_env": "PANTLER_ADMIN_KEY",
        "pepper_env": "PANTLER_PEPPER",
        "request_seconds": 600.0,
        "header_seconds": 10.0,
        "body_seconds": 30.0,
        "body_bytes": "10MB",
        "header_bytes": "64KB",
        "grace_seconds": 30.0,
        "max_depth": 64,
        "workers": 1,
    },
    "cache": {"policy": "gdsf", "capacity": "64MB", "ttl_seconds": 60.0, "path": "state", "durability": "strict"},
    "models": [
        {
            "name": "small",
            "provider": "openai",
            "base_url": "https://api.example.com/v1",
            "upstream_model": "small-1",
            "key_env": "SMALL_KEY",
            "price": {"in": 0.15, "out": "0.60", "cached_in": 0.075},
            "max_tokens_out": 4096,
            "revision": "2",
            "limits": {"concurrency": 8, "queue": 0, "queue_seconds": 0.0, "connect_seconds": 1.5},
        },
        {
            "name": "large",
            "provider": "scripted",
            "price": {"in": 10, "out": 30},
            "settings": {"answers_path": "answers.json"},
        },
    ],
    "routes": [
        {
            "name": "smart",
            "models": ["small", "large"],
            "reference": "large",
            "fallbacks": ["large"],
            "objective": {"latency_weight": 0.001, "error_weight": 0.05, "quality_floor": 0.5},
            "multiplexer": {"use": "cascade", "judge": "rules", "keep_threshold": 0.5},
            "cache_sampling": "any",
            "key_fields": ["top_k"],
            "partition_by_user": True,
            "variants": 2,
            "ttl_seconds": 30.0,
            "stale_seconds": 0.0,
        }
    ],
    "tenants": [
        {
            "name": "acme",
            "keys": [{"digest": DIGEST, "name": "laptop", "requests_per_minute": 60, "concurrency": 4}],
            "budget_per_day": "5.00",
            "budget_per_month": 100,
            "routes": ["smart"],
        }
    ],
}

Place = tuple[str | int, ...]
Broken = tuple[str, dict[str, Any], str, str]  # what was done, the file, the table, the key that the message must name


def places(value: Any, above: Place = ()) -> Iterator[Place]:
    """Every key of every table."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        if isinstance(key, str):
            yield (*above, key)
        yield from places(inner, (*above, key))


def changed(place: Place, new: Any, *, key: str | None = None) -> dict[str, Any]:
    """The good file with one value in place of another, under another key where one is given."""
    file = copy.deepcopy(GOOD)
    inner: Any = file
    for step in place[:-1]:
        inner = inner[step]
    if key is not None or new is None:
        inner.pop(place[-1], None)
    if new is not None:
        inner[place[-1] if key is None else key] = new
    return file


def named(place: Place) -> tuple[str, str]:
    """The table and the key by which a message must call a place."""
    names = {("models", 0): "small", ("models", 1): "large", ("routes", 0): "smart", ("tenants", 0): "acme"}
    head = place[:2]
    if head in names:
        table, rest = f'[[{place[0]}]] "{names[head]}"', place[2:]
    else:
        table, rest = f"[{place[0]}]", place[1:]
    key = ""
    for step in rest:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else step
    return table, key


def value_at(place: Place) -> Any:
    value: Any = GOOD
    for step in place:
        value = value[step]
    return value


def mutations() -> Iterator[Broken]:
    """Every key misspelt, every value of a wrong kind or out of its range, then what only the meaning tells."""
    for place in places(GOOD):
        if len(place) == 1:
            yield f"misspelt {place}", changed(place, value_at(place), key=f"{place[0]}x"), f"[{place[0]}x]", ""
            continue
        if place[-1] != "name" and place[:3] != ("models", 1, "settings"):
            table, key = named((*place[:-1], f"{place[-1]}x"))
            yield f"misspelt {place}", changed(place, value_at(place), key=f"{place[-1]}x"), table, key
        if isinstance(value_at(place), dict | list) or place[:4] == ("models", 1, "settings", "answers_path"):
            continue
        for wrong in wrong_for(value_at(place), str(place[-1])):
            yield f"{wrong!r} at {place}", changed(place, wrong), *named(place)
    for what, place, new in MEANINGLESS:
        yield what, changed(place, new), *named(place)


def wrong_for(value: Any, key: str) -> list[Any]:
    if isinstance(value, bool):
        return ["yes", 1]
    if key in {"in", "out", "cached_in", "budget_per_day", "budget_per_month"}:
        return ["cheap", -1, True, float("nan"), "1e-12"]
    if isinstance(value, int):
        return ["many", -1, 1.5, [1]]
    if isinstance(value, float):
        return ["long", -1.0, float("nan"), float("inf")]
    return [7, ["text"]] if key != "name" else []


MEANINGLESS: list[tuple[str, Place, Any]] = [
    ("a listener without a port", ("gateway", "listen"), "127.0.0.1"),
    ("a port that is none", ("gateway", "listen"), "127.0.0.1:99999"),
    ("a host that is none", ("gateway", "listen"), "127.0.0.256:80"),
    ("an address without brackets", ("gateway", "listen"), "::1:8080"),
    ("two listeners at one address", ("gateway", "admin_listen"), "127.0.0.1:8080"),
    ("more workers than one", ("gateway", "workers"), 4),
    ("a size without a unit", ("gateway", "body_bytes"), "10"),
    ("a secret for a variable", ("gateway", "admin_key_env"), "sk-canary"),
    ("no such policy", ("cache", "policy"), "gdfs"),
    ("a capacity of nothing", ("cache", "capacity"), "0MB"),
    ("durable without a folder", ("cache", "path"), None),
    ("a wrong word", ("cache", "durability"), "stric"),
    ("no such provider", ("models", 0, "provider"), "opnai"),
    ("no scheme", ("models", 0, "base_url"), "api.example.com/v1"),
    ("another scheme", ("models", 0, "base_url"), "ftp://api.example.com"),
    ("no host", ("models", 0, "base_url"), "https:///v1"),
    ("a password in an address", ("models", 0, "base_url"), "https://me:canary@api.example.com/v1"),
    ("a query in an address", ("models", 0, "base_url"), "https://api.example.com/v1?x=1"),
    ("no address at all", ("models", 0, "base_url"), None),
    ("a variable that is not set", ("models", 0, "key_env"), "NOBODY_SETS_THIS"),
    ("a key for a variable", ("models", 0, "key_env"), "sk-canary-1234"),
    ("no price for tokens out", ("models", 0, "price"), {"in": 1}),
    ("a price in words", ("models", 0, "price"), "cheap"),
    ("a secret among the settings", ("models", 0, "settings"), {"api_key": "canary"}),
    ("a route without models", ("routes", 0, "models"), []),
    ("a route without the key", ("routes", 0, "models"), None),
    ("a model that is not there", ("routes", 0, "models"), ["small", "lage"]),
    ("a model named twice", ("routes", 0, "models"), ["small", "large", "small"]),
    ("a reference among others", ("routes", 0, "reference"), "lrge"),
    ("a fallback that is not there", ("routes", 0, "fallbacks"), ["nobody"]),
    ("no such multiplexer", ("routes", 0, "multiplexer", "use"), "tabuler"),
    ("one that never asks the second", ("routes", 0, "multiplexer", "use"), "single"),
    ("no such judge", ("routes", 0, "multiplexer", "judge"), "rulez"),
    ("a threshold above 1", ("routes", 0, "multiplexer", "keep_threshold"), 1.5),
    ("a floor above 1", ("routes", 0, "objective", "quality_floor"), 90),
    ("no variants", ("routes", 0, "variants"), 0),
    ("a wrong word for sampling", ("routes", 0, "cache_sampling"), "sometimes"),
    ("the name of a model", ("routes", 0, "name"), "small"),
    ("a key in clear", ("tenants", 0, "keys", 0, "digest"), "pantler-canary"),
    ("half a digest", ("tenants", 0, "keys", 0, "digest"), DIGEST[:-1]),
    ("no digest", ("tenants", 0, "keys", 0, "digest"), None),
    ("a tenant without keys", ("tenants", 0, "keys"), None),
    ("a route that is not there", ("tenants", 0, "routes"), ["smrt"]),
    ("no requests at all", ("tenants", 0, "keys", 0, "requests_per_minute"), 0),
]
# Where the message names another place than the one that was changed.
TOLD_ELSEWHERE = {
    "the name of a model": ('[[routes]] "small"', "name"),
    "durable without a folder": ("[cache]", "durability"),
    "no price for tokens out": ('[[models]] "small"', "price.out"),
    "a secret among the settings": ('[[models]] "small"', "settings.api_key"),
}
BROKEN = list(mutations())


def mistakes_in(file: dict[str, Any]) -> tuple[Mistake, ...]:
    with pytest.raises(BadConfig) as caught:
        parsed(toml(file), Path("gateway.toml"), ENVIRONMENT)
    assert "canary" not in str(caught.value)
    return caught.value.mistakes


def good(file: dict[str, Any]) -> Config:
    return parsed(toml(file), Path("gateway.toml"), ENVIRONMENT)


def test_the_file_that_is_broken_below_is_good_itself() -> None:
    config = good(GOOD)
    assert config.routes[0].multiplexer.keep_threshold == 0.5
    assert len(BROKEN) >= 100


@pytest.mark.parametrize(("what", "file", "table", "key"), BROKEN, ids=[broken[0] for broken in BROKEN])
def test_a_broken_file_is_refused_with_file_key_and_reason(
    what: str, file: dict[str, Any], table: str, key: str
) -> None:
    mistakes = mistakes_in(file)
    at_place = [each for each in mistakes if (each.table, each.key) == TOLD_ELSEWHERE.get(what, (table, key))]
    assert at_place, (what, [str(mistake) for mistake in mistakes])
    assert all(each.wrong and each.remedy for each in mistakes)


def test_every_mistake_is_found_at_once_and_named_with_the_file() -> None:
    file = copy.deepcopy(GOOD)
    file["gateway"]["workers"] = 2
    file["cache"]["policy"] = "gdfs"
    file["models"][0]["price"]["out"] = "cheap"
    file["models"][1]["provder"] = "scripted"
    file["routes"][0]["variants"] = 0
    file["routes"][0]["multiplexer"]["judge"] = "rulez"
    file["tenants"][0]["keys"][0]["digest"] = "clear"
    with pytest.raises(BadConfig) as caught:
        parsed(toml(file), Path("gateway.toml"), ENVIRONMENT)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.mistakes) == 7
    assert all(line.startswith("gateway.toml: [") for line in lines)


def test_unknown_keys_and_names_come_with_the_one_that_was_meant() -> None:
    mistakes = {each.key: each.remedy for each in mistakes_in(changed(("routes", 0, "models"), ["small", "lagre"]))}
    assert mistakes["models"] == "did you mean 'large'?"
    misspelt = mistakes_in(changed(("models", 0, "base_url"), "x", key="bas_url"))
    assert [each.remedy for each in misspelt if each.key == "bas_url"] == ["did you mean 'base_url'?"]


def test_two_things_of_one_name_are_refused() -> None:
    file = copy.deepcopy(GOOD)
    file["models"].append(file["models"][1] | {"price": "free"})
    file["tenants"].append(file["tenants"][0] | {"name": "other", "routes": []})
    mistakes = {(each.table, each.key) for each in mistakes_in(file)}
    assert mistakes == {('[[models]] "large"', "name"), ('[[tenants]] "other"', "keys[0].digest")}


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:80", "gateway.example.com:80"])
def test_without_keys_only_this_machine_is_listened_to(listen: str) -> None:
    file = changed(("gateway", "listen"), listen)
    assert good(file).gateway.listen == listen
    del file["tenants"]
    assert [(each.table, each.key) for each in mistakes_in(file)] == [("[gateway]", "listen")]


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "127.9.9.9:0", "localhost:8080", "[::1]:8080"])
def test_this_machine_may_be_listened_to_without_keys(listen: str) -> None:
    file = changed(("gateway", "listen"), listen)
    del file["tenants"]
    assert good(file).gateway.listen == listen


def test_beyond_this_machine_the_admin_routes_need_their_key() -> None:
    file = changed(("gateway", "admin_listen"), "0.0.0.0:9000")
    good(file)
    with pytest.raises(BadConfig, match="credential"):
        parsed(toml(file), Path("gateway.toml"), {"SMALL_KEY": "x"})


def test_a_route_of_several_models_refuses_one_without_a_price() -> None:
    file = changed(("models", 1, "price"), "unpriced")
    del file["tenants"][0]["budget_per_day"], file["tenants"][0]["budget_per_month"]
    mistakes = mistakes_in(file)
    assert [(each.table, each.key) for each in mistakes] == [('[[routes]] "smart"', "models")]
    assert "'large' has no price" in mistakes[0].wrong
    file["routes"][0] |= {"models": ["large"], "multiplexer": {}}
    good(file)


def test_a_budget_cannot_hold_over_a_model_without_a_price() -> None:
    file = changed(("models", 1, "price"), "unpriced")
    file["routes"][0] |= {"models": ["small"], "reference": "small", "multiplexer": {}}
    assert {(each.table, each.key) for each in mistakes_in(file)} == {
        ('[[tenants]] "acme"', "budget_per_day"),
        ('[[tenants]] "acme"', "budget_per_month"),
    }
    file["routes"][0]["fallbacks"] = []
    good(file)


def test_a_file_that_is_no_toml_or_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[gateway\nlisten = 1")
    with pytest.raises(BadConfig, match=r"bad\.toml: it is no TOML: .*line 1"):
        read(bad)
    with pytest.raises(BadConfig, match=r"absent\.toml: it cannot be read: No such file"):
        read(tmp_path / "absent.toml")
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfig, match="not UTF-8"):
        read(bad)


@pytest.mark.parametrize(
    "odd", ["models = 3", "models = [3]", "gateway = 'x'", "[models]", "tenants = [[]]", "[routes.x]"]
)
def test_odd_shapes_are_mistakes_and_no_accidents(odd: str) -> None:
    with pytest.raises(BadConfig):
        parsed(odd, Path("gateway.toml"), ENVIRONMENT)


def test_paths_are_taken_from_where_the_file_is(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(toml(GOOD))
    config = read(file, ENVIRONMENT)
    assert config.cache.path == str(tmp_path / "state")
    assert config.models[1].settings["answers_path"] == str(tmp_path / "answers.json")


@pytest.mark.parametrize(
    "text", ["", "plain", 'quo"te', "back\\slash", "new\nline", "tab\t", "ünïcødé", "\x7f", "\x00"]
)
def test_whatever_a_text_holds_it_is_written_so_that_it_reads_back(text: str) -> None:
    assert tomllib.loads(toml({"a": {"b c": text, "list": [{"x": text}]}})) == {
        "a": {"b c": text, "list": [{"x": text}]}
    }


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs the verb on a file of these contents."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def run(contents: dict[str, Any], *options: str) -> tuple[int, str]:
        file = tmp_path / "gateway.toml"
        file.write_text(toml(contents))
        result = CliRunner().invoke(main, ["check", str(file), *options], prog_name="pantler")
        assert "canary" not in result.output
        return result.exit_code, result.output

    return run


def test_check_says_what_is_there_and_where_its_prices_are_from(check: Callable[..., tuple[int, str]]) -> None:
    code, output = check(GOOD)
    assert code == 0
    assert "2 models, 1 route, 1 tenant" in output
    assert "small: USD per 1M tokens: 0.15 in, 0.6 out, 0.075 cached (config)" in output


def test_check_names_every_mistake_and_fails(check: Callable[..., tuple[int, str]]) -> None:
    code, output = check(changed(("models", 0, "provider"), "opnai"))
    assert code == 2
    assert (
        "gateway.toml: [[models]] \"small\", provider: there is no provider 'opnai'; did you mean 'openai'?" in output
    )


def test_what_check_shows_reads_back_as_the_same(check: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    code, output = check(GOOD, "--show")
    assert code == 0
    again = parsed(output, tmp_path / "gateway.toml", ENVIRONMENT)
    assert again == read(tmp_path / "gateway.toml", ENVIRONMENT)
    assert written(again) == output


def test_check_speaks_json(check: Callable[..., tuple[int, str]]) -> None:
    code, output = check(GOOD, "--json", "--show")
    assert code == 0
    report = json.loads(output)
    assert report["mistakes"] == []
    assert report["models"][0] | {"name": "small", "source": "config"} == report["models"][0]
    assert report["config"]["models"][0]["price"] == {"in": 0.15, "out": "0.60", "cached_in": 0.075} | {
        "cache_write": None,
        "cache_write_1h": None,
        "reasoning": None,
    }
    code, output = check(changed(("cache", "policy"), "gdfs"), "--json")
    assert code == 2
    assert [each["key"] for each in json.loads(output)["mistakes"]] == ["policy"]


def test_settings_that_a_part_does_not_have_are_mistakes_too(
    check: Callable[..., tuple[int, str]],
) -> None:
    file = changed(("models", 1, "settings"), {"wrong_rte": 0.5})
    file["models"].append({"name": "old", "provider": "replay", "price": "free"})
    file["routes"][0]["multiplexer"] |= {"judge": "agreement", "judge_settings": {"enuf": 3}}
    code, output = check(file)
    assert code == 2
    assert "[[models]] \"large\", settings.wrong_rte: there is no such setting; did you mean 'wrong_rate'?" in output
    assert '[[models]] "old", settings.path: it is missing' in output
    assert '[[routes]] "smart", multiplexer.judge_settings.enuf: there is no such setting' in output
