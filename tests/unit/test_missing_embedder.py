"""Where wordllama is not installed hashing stands in for it, and what was fitted with it is refused."""

import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from outcomes import fitted_file, written
from pantler.build import embedder_of
from pantler.cli import main
from pantler.config.values import Choice, Config, Model, Route
from pantler.core.errors import ConfigError
from pantler.embedders.hashing import Hashing
from pantler.embedders.wordllama import WEIGHTS
from pantler.fitted import read_fitted, write_fitted
from pantler.gateway.banner import cautions
from pantler.gateway.setup import set_up

MODELS = tuple(Model(name, provider="scripted", price="free") for name in ("cheap", "dear"))
ASKED = ("What is 3 plus 4?", "--error-weight", "0.01")


@pytest.fixture(autouse=True)
def without_wordllama(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("pantler.embedders.wordllama.find_spec", lambda _: None)
    embedder_of.cache_clear()
    yield
    embedder_of.cache_clear()


@pytest.fixture
def needy(tmp_path: Path) -> Path:
    """A file that was fitted elsewhere, with wordllama."""
    path = fitted_file(tmp_path)
    write_fitted(replace(read_fitted(path), embedder="wordllama"), path)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], prog_name="pantler")


def test_a_fit_is_made_with_hashing_and_its_report_says_so(tmp_path: Path) -> None:
    kept = tmp_path / "route.pantler"
    result = run("fit", str(written(tmp_path / "made.parquet")), "-o", str(kept))
    assert result.exit_code == 0, result.output
    assert "vectors are made by hashing" in result.stdout
    assert "pip install 'pantler[semantic]'" in result.stdout
    assert read_fitted(kept).embedder == "hashing"


def test_an_embedder_that_is_named_is_not_replaced(tmp_path: Path) -> None:
    asked = ("fit", str(written(tmp_path / "made.parquet")), "-o", str(tmp_path / "it"), "--embedder", "wordllama")
    result = run(*asked)
    assert result.exit_code == 2
    assert "pip install 'pantler[semantic]'" in result.stderr


def test_an_evaluation_goes_by_hashing_and_says_so(tmp_path: Path) -> None:
    result = run("evaluate", "multiplexer", str(written(tmp_path / "made.parquet", 200)), "--json", "--quiet")
    assert result.exit_code == 0, result.output
    assert "vectors are made by hashing" in result.stderr


def test_a_file_that_was_fitted_with_it_is_refused_with_the_remedy(needy: Path, tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    models = "".join(
        f'[[models]]\nname = "{each}"\nprovider = "scripted"\nprice = "free"\n' for each in ("cheap", "dear")
    )
    chooser = f'multiplexer = {{ use = "learned", fitted = "{needy}" }}\n'
    config.write_text(f'{models}[[routes]]\nname = "r"\nmodels = ["cheap", "dear"]\n{chooser}')
    for asked in (("check", str(config)), ("explain", *ASKED, "--multiplexer", str(needy))):
        result = run(*asked)
        assert result.exit_code == 2
        assert "needs its embedder" in result.stderr
        assert "pip install 'pantler[semantic]', or fit again with --embedder hashing" in result.stderr


def test_a_route_that_learns_from_nothing_goes_by_hashing_and_the_banner_says_so() -> None:
    config = Config(models=MODELS, routes=(Route("r", ("cheap", "dear"), multiplexer=Choice("learned")),))
    setup = set_up(config, {}, b"secret")
    assert isinstance(setup.hearings["r"].expert._reading.embedder, Hashing)
    assert any("vectors are made by hashing" in line for line in cautions(config))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package that holds nothing yet."""
    spec = ModuleSpec("wordllama", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr("pantler.embedders.wordllama.find_spec", lambda _: spec)
    return tmp_path


def test_a_package_that_lacks_one_of_the_two_files_is_named_before_the_first_text(installed: Path) -> None:
    with pytest.raises(ConfigError, match=f"finds no {installed / WEIGHTS}; install its package anew"):
        embedder_of("wordllama")


def test_what_reads_the_table_is_named_before_the_first_text(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (installed / WEIGHTS).parent.mkdir()
    (installed / WEIGHTS).touch()
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ConfigError, match=r"pip install 'pantler\[semantic\]'"):
        embedder_of("wordllama")
