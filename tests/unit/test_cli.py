import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest
from click.testing import CliRunner, Result

import pantler.cli
import pantler.policies

STORE = '''"""Store things somewhere safe.

More words.
"""

import click

from pantler.core.errors import CapacityError


@click.command()
@click.option("--capacity", default=1)
def command(capacity: int) -> None:
    if capacity < 0:
        raise CapacityError("capacity is -1; give a number above 0")
    click.echo("stored")
'''


@pytest.fixture
def verbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of verbs that stands in for the real one."""
    (tmp_path / "_shared.py").write_text("raise ZeroDivisionError('not a verb')")
    (tmp_path / "broken.py").write_text('"""Break when imported."""\nraise ZeroDivisionError')
    (tmp_path / "store.py").write_text(STORE)
    monkeypatch.setattr(pantler.cli, "__path__", [str(tmp_path)])
    yield tmp_path
    sys.modules.pop("pantler.cli.store", None)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(pantler.cli.main, arguments, prog_name="pantler")


def test_mistakes_in_what_serve_is_given_have_the_options_names() -> None:
    said = run("serve", "--upstream", "127.0.0.1:80/v1", "--price-in", "x", "--price-out", "-1").output
    assert all(f"{option}: " in said for option in ("--upstream", "--price-in", "--price-out"))
    assert "any_model" not in said


@pytest.mark.usefixtures("verbs")
def test_help_lists_the_verbs_with_their_summaries_without_importing_them() -> None:
    result = run("--help")
    assert result.exit_code == 0
    lines = [line.split(maxsplit=1) for line in result.output.partition("Verbs:")[2].strip().splitlines()]
    assert lines == [["broken", "Break when imported"], ["store", "Store things somewhere safe"]]


@pytest.mark.usefixtures("verbs")
def test_a_verb_runs_without_importing_the_others() -> None:
    result = run("store")
    assert (result.exit_code, result.output) == (0, "stored\n")


def test_the_package_runs_as_the_command_does() -> None:
    told = subprocess.run([sys.executable, "-m", "pantler", "--version"], capture_output=True, text=True, check=True)
    assert version("pantler") in told.stdout


@pytest.mark.usefixtures("verbs")
def test_an_unknown_verb_is_met_with_the_nearest_known_one() -> None:
    result = run("stroe")
    assert (result.exit_code, result.stderr) == (2, "Error: no verb named 'stroe'; did you mean 'store'?\n")


@pytest.mark.usefixtures("verbs")
def test_an_error_of_pantler_is_one_line_on_stderr() -> None:
    result = run("store", "--capacity", "-1")
    assert (result.exit_code, result.stderr) == (2, "Error: capacity is -1; give a number above 0\n")


@pytest.mark.usefixtures("verbs")
def test_a_fault_of_ours_keeps_its_traceback() -> None:
    assert isinstance(run("broken").exception, ZeroDivisionError)


def test_version_is_the_one_installed_with_its_kind_of_core() -> None:
    assert run("--version").output == f"pantler {version('pantler')} (pure)\n"


@pytest.mark.parametrize(
    "name", [module.name for module in iter_modules(pantler.cli.__path__) if module.name[0] != "_"]
)
def test_every_verb_has_a_summary_and_a_command(name: str) -> None:
    module = import_module(f"pantler.cli.{name}")
    assert module.__doc__
    assert isinstance(module.command, click.Command)


def test_list_shows_every_policy_with_its_summary() -> None:
    result = run("list", "policies")
    assert result.exit_code == 0
    for module in iter_modules(pantler.policies.__path__):
        assert re.search(rf"^ +{module.name} +\S+", result.output, flags=re.MULTILINE)


def test_list_shows_every_kind_of_part_whose_parts_may_not_know_each_other() -> None:
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    contracts = {each["name"]: each for each in settings["tool"]["importlinter"]["contracts"]}
    folders = contracts["Parts do not know each other"]["modules"]
    found = json.loads(run("list", "--json").stdout)
    assert {folder.split(".")[-2] for folder in folders} <= found.keys()
    assert {"memory", "sqlite"} <= found["stores"].keys()
    assert {"openai", "litellm", "replay"} <= found["providers"].keys()
    assert all(found[kind][name] for kind in found if kind != "schema" for name in found[kind])


def test_list_gives_the_same_as_json() -> None:
    found = json.loads(run("list", "--json").stdout)
    assert found.pop("schema") == 1
    assert found["policies"]["lru"]
    assert json.loads(run("list", "estimators", "--json").stdout)["estimators"] == found["estimators"]
