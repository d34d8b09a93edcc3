import copy
import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from broken_configs import BROKEN, ENVIRONMENT, GOOD, TOLD_ELSEWHERE, changed
from pantler.cli import main
from pantler.config.reading import parsed, read
from pantler.config.values import Config
from pantler.config.writing import toml, written
from pantler.core.errors import BadConfig, Mistake


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


@pytest.mark.promise("F9")
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


def test_numbers_that_are_none_and_empty_texts_are_called_what_they_are() -> None:
    odd = '[[models]]\nname = ""\nbase_url = "http://h/v1"\nprice = { in = nan, out = inf }'
    with pytest.raises(BadConfig) as caught:
        parsed(odd, Path("gateway.toml"), ENVIRONMENT)
    told = str(caught.value)
    assert "price.in: it is nan; give a finite number" in told
    assert "price.out: it is inf; give a finite number" in told
    assert "name: it is empty; give text in quotes, not empty" in told


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
        (tmp_path / "answers.json").write_text('{"question": "2+2?", "answer": "4"}')
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


def test_settings_of_another_type_are_mistakes_too(check: Callable[..., tuple[int, str]]) -> None:
    file = changed(("models", 1, "settings"), {"wrong_rate": "half", "faults": "503"})
    file["models"].append(
        {"name": "old", "base_url": "http://127.0.0.1:1", "price": "free", "settings": {"headers": 5}}
    )
    file["routes"][0]["multiplexer"] |= {"judge": "agreement", "judge_settings": {"enough": 2.5}}
    code, output = check(file)
    assert code == 2
    assert '[[models]] "large", settings.wrong_rate: it is text; give a number' in output
    assert (
        '[[models]] "large", settings.faults: it is text; give a list, each entry text in quotes or a whole' in output
    )
    assert '[[models]] "old", settings.headers: it is 5; give a table, each value text in quotes' in output
    assert '[[routes]] "smart", multiplexer.judge_settings.enough: it is 2.5; give a whole number' in output


def test_what_a_part_itself_refuses_is_a_mistake_with_its_place(check: Callable[..., tuple[int, str]]) -> None:
    file = changed(("models", 1, "settings"), {"faults": ["weird"]})
    file["models"].append({"name": "old", "provider": "replay", "price": "free", "settings": {"path": "none.jsonl"}})
    file["routes"][0]["multiplexer"] |= {"judge": "rules", "judge_settings": {"refusals": ["("]}}
    code, output = check(file)
    assert code == 2
    assert "[[models]] \"large\", settings: model 'large', faults: no fault named 'weird'; known: well," in output
    assert '[[models]] "old", settings: ' in output
    assert "[[routes]] \"smart\", multiplexer.judge_settings: judge 'rules', refusals: '(' is no regular" in output


def test_without_the_gateways_packages_check_says_what_to_install(
    check: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("pantler.providers.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httptools", None)
    code, output = check(GOOD)
    assert code == 2
    assert "providers 'openai' needs optional packages; install them with: pip install 'pantler[gateway]'" in output
