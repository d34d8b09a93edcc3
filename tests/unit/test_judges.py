import asyncio
from typing import Any

import msgspec
import pytest

from pantler.core.asks import Ask
from pantler.core.errors import ConfigError, MissingExtra
from pantler.judges import rules
from pantler.judges.agreement import Agreement
from pantler.judges.rules import Rules


def answer(text: Any, finish_reason: str = "stop", **message: Any) -> bytes:
    choice = {"message": {"content": text, **message}, "finish_reason": finish_reason}
    return msgspec.json.encode({"choices": [choice]})


def broken(body: bytes, form: Any = None, **settings: Any) -> str:
    opinion = asyncio.run(Rules(**settings).judge(Ask("chat", "m", {"response_format": form}), [body]))
    assert opinion.score == (opinion.reason == "keeps every rule")
    return "" if opinion.score else opinion.reason


def schema(wanted: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": wanted}}


PERSON = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer("four"), ""),
        (answer("four", "length"), "cut short"),
        (answer("four", "content_filter"), "filtered"),
        (answer(None, refusal="I will not"), "refused"),
        (answer(""), "too short"),
        (answer("  \n"), "too short"),
        (answer("I'm sorry, but that is not possible."), "refuses"),
        (answer("I\N{RIGHT SINGLE QUOTATION MARK}m sorry"), "refuses"),
        (answer("As an AI language model, I have no legs."), "refuses"),
        (answer("The sorry state of things"), ""),
        (answer(None, tool_calls=[{"function": {"name": "f", "arguments": '{"a": 1}'}}]), ""),
        (answer(None, tool_calls=[{"function": {"name": "f", "arguments": '{"a": '}}]), "calls a tool with no JSON"),
        (b'{"choices": []}', "no answer"),
        (b'{"choices": [{"text": "four", "finish_reason": "stop"}]}', ""),
    ],
)
def test_each_rule_has_its_reason(body: bytes, reason: str) -> None:
    assert broken(body) == reason


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("{}", {"type": "json_object"}, ""),
        ("[]", {"type": "json_object"}, "no JSON object"),
        ("{", {"type": "json_object"}, "not JSON"),
        ("```json\n{}\n```", {"type": "json_object"}, "not JSON"),
        ('{"age": 4}', schema(PERSON), ""),
        ('{"age": "four"}', schema(PERSON), "breaks the schema"),
        ("{}", schema(PERSON), "breaks the schema"),
        ("{}", schema({"type": "nonsense"}), "a schema that cannot be used"),
        ("{}", schema({"$ref": "http://127.0.0.1:1/schema"}), "a schema that cannot be used"),
        ("{}", schema({"$ref": "file:///etc/passwd"}), "a schema that cannot be used"),
        ('"' + "a" * 50 + '!"', schema({"pattern": "^(a+)+$"}), "breaks the schema"),
        ("{}", {"type": "json_schema"}, ""),
        ("no json", {"type": "text"}, ""),
    ],
)
def test_json_has_the_form_that_was_asked(text: str, form: Any, reason: str) -> None:
    assert broken(answer(text), form) == reason


def test_lengths_and_patterns_can_be_set() -> None:
    assert broken(answer("four legs"), most_characters=5) == "too long"
    assert broken(answer("four"), least_characters=5) == "too short"
    assert broken(answer("As an AI"), refusals=["legs"]) == ""
    assert broken(answer("LEGS"), refusals=["legs"]) == "refuses"


def test_every_choice_must_keep_the_rules() -> None:
    body = msgspec.json.encode({"choices": [{"text": "four"}, {"text": ""}]})
    assert broken(body) == "too short"


def test_settings_that_cannot_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="no regular expression"):
        Rules(refusals=["("])
    with pytest.raises(ConfigError, match="give 2 or more"):
        Agreement(enough=1)
    monkeypatch.setattr(rules, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pantler\[gateway\]"):
        Rules()


def agreed(*texts: str, enough: int = 2) -> float:
    return asyncio.run(Agreement(enough=enough).judge(Ask("chat", "m", {}), [answer(text) for text in texts])).score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Paris.", "paris"),
        ("The moon", "moon!"),
        ("1,000", "1000.0"),
        ("4.50", "4.5"),
        ("\N{FULLWIDTH DIGIT FOUR}", "4"),
    ],
)
def test_answers_that_mean_the_same_agree(one: str, other: str) -> None:
    assert agreed(one, other) == 1.0


@pytest.mark.parametrize(("one", "other"), [("4", "-4"), ("Paris", "Rome"), ("not Paris", "Paris"), ("10", "100")])
def test_answers_that_differ_do_not(one: str, other: str) -> None:
    assert agreed(one, other) == 0.0


def test_enough_answers_must_agree_with_the_last() -> None:
    assert agreed("a b") == 0.0
    assert agreed("x", "y", "x") == 1.0
    assert agreed("x", "x", "y") == 0.0
    assert 0.0 < agreed("x", "x", enough=3) < 0.5
    assert agreed("x", "x", "y", "x", enough=3) == 1.0


def test_nothing_said_agrees_with_nothing() -> None:
    assert agreed("", "") == 0.0
