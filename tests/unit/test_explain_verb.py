import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from encoder import drawn_weights, write_weights
from pantler.appraisers.mean import Mean
from pantler.cli import main
from pantler.fitted import Fitted, write_fitted
from pantler.matching.features import NAMES, SECONDED


def told(*arguments: str) -> str:
    found = CliRunner().invoke(main, ["explain", *arguments, "--embedder", "hashing"])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_match_is_explained_feature_by_feature() -> None:
    found = json.loads(told("How do I bake bread?", "How can I bake bread, please?", "--json"))
    assert found["rule"] is None
    assert [each["name"] for each in found["features"]] == list(NAMES)
    apart = json.loads(told("How do I bake bread?", "Why do cats purr?", "--json"))
    assert apart["cosine"] < found["cosine"]
    assert apart["wrong"] > found["wrong"]


def test_what_a_second_encoder_says_is_among_the_features(tmp_path: Path) -> None:
    built = CliRunner().invoke(
        main, ["build", "minilm", str(tmp_path / "made"), "--weights", str(write_weights(tmp_path, drawn_weights()))]
    )
    assert built.exit_code == 0, built.output
    found = json.loads(told("how do i cook rice", "how can i cook rice", "--second", str(tmp_path / "made"), "--json"))
    assert [each["name"] for each in found["features"]] == list(SECONDED)


def test_a_rule_that_refuses_is_named() -> None:
    assert "refused by the rule numbers_differ" in told("What is 12 plus 3?", "What is 13 plus 3?")
    assert "refused by the rule personalised" in told("What is my account balance?", "What is a balance?")
    assert "code_literal_differs" in told("what is max_tokens for", "what is max_choices for")
    assert "no rule refuses it" in told("How do I bake bread?", "How can I bake bread?")


def fitted(folder: Path) -> str:
    mean = Mean([], np.zeros(0, np.float32), np.array([0.3, 0.1], np.float32))
    path = folder / "route.pantler"
    write_fitted(Fitted(("cheap", "dear"), "hashing", (1e-6, 1e-5), (2e-6, 2e-5), (50.0, 50.0), mean), path)
    return str(path)


def test_a_choice_is_explained_plan_by_plan(tmp_path: Path) -> None:
    found = json.loads(told("How do I bake bread?", "--multiplexer", fitted(tmp_path), "--json"))
    assert (found["chosen"], found["reference"], found["hits"]) == (["cheap"], "dear", 0.0)
    assert [round(each["wrong"], 3) for each in found["plans"]] == [0.3, 0.1]
    assert found["plans"][1]["price"] == 10 * found["plans"][0]["price"]
    assert [each["propensity"] for each in found["plans"]] == [1.0, 0.0]


def test_what_a_wrong_answer_costs_moves_the_choice(tmp_path: Path) -> None:
    assert "asked: dear" in told("Bake bread?", "--multiplexer", fitted(tmp_path), "--error-weight", "0.1")


def test_one_thing_is_explained_at_a_time(tmp_path: Path) -> None:
    for words in (["Bake bread?"], ["Bake bread?", "Bake it?", "--multiplexer", fitted(tmp_path)]):
        found = CliRunner().invoke(main, ["explain", *words])
        assert found.exit_code == 2
        assert "give either STORED or --multiplexer FILE" in found.stderr
