import json

from click.testing import CliRunner

from pantler.cli import main
from pantler.matching.features import NAMES


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


def test_a_rule_that_refuses_is_named() -> None:
    assert "refused by the rule numbers_differ" in told("What is 12 plus 3?", "What is 13 plus 3?")
    assert "refused by the rule personalised" in told("What is my account balance?", "What is a balance?")
    assert "code_literal_differs" in told("what is max_tokens for", "what is max_choices for")
    assert "no rule refuses it" in told("How do I bake bread?", "How can I bake bread?")
