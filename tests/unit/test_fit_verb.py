"""`pantler fit` from recorded outcomes to a file, with what it says of it."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from pantler.briefed import brief
from pantler.cli import main
from pantler.config.values import Choice, Guarantee, Objective, Route
from pantler.core.plans import direct
from pantler.core.types import Plan
from pantler.fitted import read_fitted, write_fitted
from pantler.gateway.banner import cautions
from pantler.misfits import fitting


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import pyarrow
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for number in range(240):
        is_sum = rng.random() < 0.5
        text = f"What is {number} plus 4?" if is_sum else f"Write a poem about the sea, number {number}."
        for model, chance, price in (("cheap", 0.97 if is_sum else 0.1, 1e-6), ("dear", 0.95, 1e-5)):
            right = float(rng.random() < chance)
            row = {"query_id": f"q{number}", "prompt": text, "model": model, "score": right}
            rows.append({**row, "cost_usd": price * 30, "tokens_in": 10, "tokens_out": 20})
    path = tmp_path_factory.mktemp("fit") / "made.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["fit", *arguments, "--embedder", "hashing"], prog_name="pantler")


def test_the_price_of_a_wrong_answer_is_solved_for_and_printed(outcomes: Path, tmp_path: Path) -> None:
    kept = tmp_path / "route.pantler"
    result = run(str(outcomes), "-o", str(kept), "--max-quality-loss", "0.05")
    assert result.exit_code == 0, result.output
    assert "within 0.05 of dear" in result.stdout
    assert "fewer than 500 queries" in result.stdout
    assert read_fitted(kept, ["cheap", "dear"]).models == ("cheap", "dear")


@pytest.mark.parametrize(
    "given", [("--price", "cheap=1,2"), ("--reference", "dear"), ("--error-weight", "0.1"), ("--route", "r")]
)
def test_what_would_be_without_effect_on_outcomes_is_refused(
    given: tuple[str, str], outcomes: Path, tmp_path: Path
) -> None:
    result = run(str(outcomes), "-o", str(tmp_path / "route.pantler"), *given)
    assert result.exit_code == 2
    assert f"{given[0]}: a file of outcomes" in result.stderr
    assert not (tmp_path / "route.pantler").exists()


@pytest.mark.parametrize("option", ["-o", "--report"])
def test_what_cannot_be_written_is_refused_before_anything_is_fitted(option: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    others = [] if option == "-o" else ["-o", str(tmp_path / "route.pantler")]
    result = run(str(tmp_path / "no data are read"), *others, option, str(tmp_path / "file" / "there"))
    assert result.exit_code == 2
    assert "there cannot be written" in result.stderr
    assert not (tmp_path / "route.pantler").exists()


@pytest.mark.parametrize("option", ["-o", "--report"])
def test_a_folder_that_is_not_there_is_told_and_not_made(option: str, tmp_path: Path) -> None:
    kept = tmp_path / "none" / "further" / "route.pantler"
    others = [] if option == "-o" else ["-o", str(tmp_path / "route.pantler")]
    result = run(str(tmp_path / "no data are read"), *others, option, str(kept))
    assert result.exit_code == 2
    assert f"{kept} cannot be written: there is no folder {kept.parent}; make it, or" in result.stderr
    assert not kept.parent.parent.exists()


def test_without_numba_fit_says_what_to_install(
    outcomes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("kinds", "sparse"):
        monkeypatch.delitem(sys.modules, f"pantler.simulator.fitting.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    result = run(str(outcomes), "-o", str(tmp_path / "route.pantler"))
    assert result.exit_code == 2
    assert "fitting needs optional packages; install them with: pip install 'pantler[simulator]'" in result.stderr


@pytest.mark.parametrize("option", ["--max-quality-loss", "--error-weight"])
def test_what_is_no_finite_number_is_refused(option: str, outcomes: Path, tmp_path: Path) -> None:
    result = run(str(outcomes), "-o", str(tmp_path / "route.pantler"), option, "nan")
    assert result.exit_code == 2
    assert "nan is not a finite number" in result.stderr


def test_what_every_model_would_have_brought_shows_the_gain_and_the_page_draws_it(
    outcomes: Path, tmp_path: Path
) -> None:
    page = tmp_path / "fit.html"
    result = run(str(outcomes), "-o", str(tmp_path / "it.pantler"), "--check", "--report", str(page))
    assert result.exit_code == 0, result.output
    assert "this may be promoted over" in result.stdout
    text = page.read_text()
    assert text.count("<svg") == 3
    for part in ("Calibration", "Quality over cost", "Traits", "Data needs"):
        assert f"<h2>{part}</h2>" in text


def test_a_text_that_holds_its_grade_and_one_that_comes_twice_are_pointed_at(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = []
    for number in range(200):
        right = number % 2
        text = f"task {number % 190} " + "=" * (40 * right)
        for model, price in (("cheap", 1e-6), ("dear", 1e-5)):
            score = 1.0 if model == "dear" and number % 50 else float(right)
            row = {"query_id": f"q{number}", "prompt": text, "model": model, "score": score}
            rows.append({**row, "cost_usd": price, "tokens_in": 10, "tokens_out": 20})
    path = tmp_path / "made.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    result = run(str(path), "-o", str(tmp_path / "it.pantler"))
    assert "look at share of equals signs: it all but tells what is wrong" in result.stdout
    assert "10 of 200 texts have come before" in result.stdout


def test_a_route_that_uses_what_was_not_shown_to_be_better_is_warned_of(outcomes: Path, tmp_path: Path) -> None:
    kept, config = tmp_path / "it.pantler", tmp_path / "gateway.toml"
    run(str(outcomes), "-o", str(kept))
    table = '\n[[models]]\nname = "{}"\nprovider = "scripted"\nprice = {{ in = 1, out = 1 }}\n'
    chooser = 'multiplexer = { use = "learned", fitted = "it.pantler" }\n'
    route = f'\n[[routes]]\nname = "r"\nmodels = ["cheap", "dear"]\n{chooser}'
    config.write_text(table.format("cheap") + table.format("dear") + route)
    for warning in ("", "not shown to be better than dear: because"):
        write_fitted(replace(read_fitted(kept), warning=warning), kept)
        told = CliRunner().invoke(main, ["check", str(config)], prog_name="pantler")
        assert told.exit_code == 0, told.output
        assert ("r: its fitted file is not shown" in told.stdout) == bool(warning)
        said = list(cautions(fitting(config)))
        assert ("route r chooses by a fitted file that is not shown to be better" in " ".join(said)) == bool(warning)


def test_two_cheap_models_whose_agreement_tells_are_found_and_a_route_weighs_them(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rng, rows = np.random.default_rng(1), list[dict[str, Any]]()
    for number in range(300):
        for model, chance, price in (("a", 0.7, 1e-6), ("b", 0.7, 2e-6), ("dear", 0.98, 1e-4)):
            right = bool(rng.random() < chance)
            row = {"query_id": f"q{number}", "prompt": f"How much is {number} and one?", "model": model}
            answer = "right" if right else f"wrong {model} {number}"
            rows.append(
                {**row, "score": float(right), "answer": answer, "cost_usd": price, "tokens_in": 5, "tokens_out": 5}
            )
    path, kept = tmp_path / "made.parquet", tmp_path / "it.pantler"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    result = run(str(path), "-o", str(kept))
    assert "a and b asked together pay where they agree, else dear" in result.stdout
    assert read_fitted(kept).tiers == (("a", "b"), ("dear",))
    models = ("a", "b", "dear")
    choice = Choice("learned", "agreement", cascades=True, fitted=str(kept))
    told = brief(Route("r", models, multiplexer=choice), dimensions=0)
    assert told.plans == tuple(direct(models)), "who is asked beside whom is found as they answer"
    assert told.compares
    assert len(told.erring.spreads) == 3
    assert told.erring.hopeful == read_fitted(kept).erring.hopeful >= 1.0  # type: ignore[union-attr]  # it has one
    write_fitted(replace(read_fitted(kept), erring=None), kept)  # as files were that knew nothing of it
    assert Plan(models, 0.5, (2, 1)) in brief(Route("r", models, multiplexer=choice), dimensions=0).plans
    blank = brief(Route("r", models, multiplexer=replace(choice, fitted="")), dimensions=0)
    assert all(not plan.tiers for plan in blank.plans)


@pytest.mark.parametrize(
    "route",
    [
        Route("r", ("cheap", "dear"), objective=Objective(guarantee=Guarantee(0.1))),
        Route("r", ("cheap", "dear"), multiplexer=Choice(amortise=False)),
    ],
    ids=["a guarantee", "nothing amortised"],
)
def test_answers_are_not_weighed_where_a_route_says_otherwise(route: Route, outcomes: Path, tmp_path: Path) -> None:
    kept = tmp_path / "route.pantler"
    assert run(str(outcomes), "-o", str(kept)).exit_code == 0
    choice = replace(route.multiplexer, use="learned", fitted=str(kept))
    assert brief(replace(route, multiplexer=choice), dimensions=0).erring is None


def test_a_file_that_is_not_there_is_told_so_by_every_verb(tmp_path: Path) -> None:
    for verb in (["fit", "nope", "-o", str(tmp_path / "x")], ["evaluate", "multiplexer", "nope"]):
        result = CliRunner().invoke(main, verb, prog_name="pantler")
        assert result.exit_code == 2
        assert "nope: no such file" in result.output


def test_a_line_nested_too_deep_is_told_by_its_number(tmp_path: Path) -> None:
    data = tmp_path / "deep.jsonl"
    lists, objects = "[" * 100_000 + "]" * 100_000, '{"a": ' * 100_000 + "1" + "}" * 100_000
    data.write_text(f'{{"query_id": "a"}}\n{lists}\n{objects}\n')
    result = run(str(data), "-o", str(tmp_path / "z"))
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("Error: ")
    log = tmp_path / "log.jsonl"
    log.write_text(f'{{"model": "a"}}\n{lists}\n')
    result = run(str(log), "-o", str(tmp_path / "z"))
    assert "line 2 is no JSON (it is nested too deep); write one object a line" in result.stderr


def test_one_model_alone_is_nothing_to_choose_among(outcomes: Path, tmp_path: Path) -> None:
    result = run(str(outcomes), "-o", str(tmp_path / "route.pantler"), "--pool", "cheap")
    assert result.exit_code == 2
    assert "there is one model only" in result.stderr


@pytest.mark.parametrize("named", ["-o", "--report"])
def test_no_data_are_lost_by_what_is_written(named: str, outcomes: Path, tmp_path: Path) -> None:
    before, kept = outcomes.read_bytes(), tmp_path / "route.pantler"
    output, further = (outcomes, []) if named == "-o" else (kept, ["--report", str(outcomes)])
    result = run(str(outcomes), "-o", str(output), *further)
    assert result.exit_code == 2
    assert f"{outcomes} is there and is no" in result.stderr
    assert outcomes.read_bytes() == before
    assert not kept.exists()


def test_the_page_and_what_was_fitted_are_two_files(outcomes: Path, tmp_path: Path) -> None:
    kept = str(tmp_path / "route.pantler")
    result = run(str(outcomes), "-o", kept, "--report", kept)
    assert result.exit_code == 2
    assert "both name" in result.stderr


def test_what_was_fitted_before_and_an_empty_file_are_replaced(outcomes: Path, tmp_path: Path) -> None:
    kept, page = tmp_path / "route.pantler", tmp_path / "fit.html"
    kept.touch()
    for _ in range(2):
        result = run(str(outcomes), "-o", str(kept), "--report", str(page))
        assert result.exit_code == 0, result.output
    assert read_fitted(kept).models == ("cheap", "dear")
