import asyncio
from typing import Any

import msgspec
import pytest

from pantler.build import part
from pantler.core.asks import Ask
from pantler.core.errors import ConfigError, MissingExtra, ProviderError
from pantler.core.normal import normal
from pantler.judges import equality, rules
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


@pytest.mark.parametrize(
    ("limits", "score"), [({"max_tokens": 5}, 1.0), ({"max_completion_tokens": 5}, 1.0), ({"max_tokens": -1}, 0.0)]
)
def test_an_answer_that_ends_where_its_client_has_it_end_is_whole(limits: dict[str, int], score: float) -> None:
    asked = Ask("chat", "m", limits)
    assert asyncio.run(Rules().judge(asked, [answer("four and", "length")])).score == score
    json_asked = Ask("chat", "m", {**limits, "response_format": {"type": "json_object"}})
    assert asyncio.run(Rules().judge(json_asked, [answer('{"fo', "length")])).score == 0.0


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


def test_equal_answers_are_equal_whatever_their_form() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"uniqueItems": True}},
    }
    form = {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}
    for one, other, equal in [
        ("Paris.", "paris", 1.0),
        ("1,000", "1000.0", 1.0),
        ("Paris", "Rome", 0.0),
        ('{"a": 1, "b": null, "c": [1, 2]}', '{"c": [2, 1], "a": 1.0}', 1.0),
        ('{"a": 1, "b": "The Rome."}', '{"a": 1, "b": "rome"}', 1.0),
        ('{"a": 1}', '{"a": true}', 0.0),
        ('{"a": null}', "{}", 0.0),
        ('{"a": 1, "b": "x"}', '{"a": 1}', 0.0),
        ("[1, 2]", "[2, 1]", 0.0),
    ]:
        assert compared("equality", one, other, form) == equal, (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C", "C++"),
        ("C++", "C#"),
        ("x > 5", "x < 5"),
        ("a == b", "a != b"),
        ("y + 1", "y - 1"),
        ("!ready", "ready"),
        ("$5", "\N{EURO SIGN}5"),
        ("5%", "5"),
        ("1/2", "1 2"),
        ("A-", "A"),
        ("+", "-"),
        ("\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}"),
        ('{"rule": "x > 5"}', '{"rule": "x < 5"}'),
    ],
)
def test_answers_that_differ_by_a_sign_are_not_equal(one: str, other: str) -> None:
    assert compared("equality", one, other, {}) == 0.0
    assert compared("equality", one, one, {}) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("**Paris**", "Paris."),
        ("# Paris", "paris"),
        ("`x`", "x"),
        ("Paris - really!", "Paris: really"),
        ("(a) b", "a, b"),
    ],
)
def test_marks_of_layout_make_no_difference(one: str, other: str) -> None:
    assert compared("equality", one, other, {}) == 1.0


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def test_a_long_list_is_equal_in_its_own_order_only() -> None:
    form = {"response_format": {"json_schema": {"schema": {"type": "array", "uniqueItems": True}}}}
    one = list(range(equality.MOST_IN_ANY_ORDER + 1))
    for numbers, equal in ((one, 1.0), (one[::-1], 0.0)):
        assert compared("equality", _json(one), _json(numbers), form) == equal


def test_a_number_of_many_zeros_is_read_in_one_pass() -> None:
    """Not in the square of its length: judges compare on the loop."""
    zeros = "0." + "0" * 1_000_000
    assert normal(zeros + "1 1.500 2.0 3.") == f"{zeros}1 1.5 2 3"


def test_near_answers_agree_unless_numbers_or_negations_differ() -> None:
    from pantler.embedders.hashing import Hashing

    judge = part("judges", "embedding")(embed=Hashing().embed, least_cosine=0.6)
    base = "You should bake the bread for 20 minutes in a hot oven."
    for other, agrees in [
        ("You should bake the bread for 20 minutes, in a very hot oven.", 1.0),
        ("You should bake the bread for 30 minutes in a hot oven.", 0.0),
        ("You should not bake the bread for 20 minutes in a hot oven.", 0.0),
        ("You should bake the bread for 20 minutes in a cold oven.", 0.0),
        ("You should oven the bread for 20 minutes in a hot bake.", 0.0),
        ("Fish swim at 20 minutes.", 0.0),
    ]:
        assert asyncio.run(judge.judge(Ask("chat", "m", {}), [answer(base), answer(other)])).score == agrees, other


def test_a_model_is_asked_with_both_answers_and_its_word_counts() -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    async def ask(model: str, body: dict[str, object]) -> bytes:
        asked.append((model, body))
        return answer(["YES", "No.", "**Yes**, they do", "Noon"][len(asked) - 1])

    judge = part("judges", "model")(ask=ask, model="small")
    question = Ask("chat", "m", {"messages": [{"role": "user", "content": "Where?"}]})
    pair = [answer("In Rome"), answer("Rome")]
    assert [asyncio.run(judge.judge(question, pair)).score for _ in range(3)] == [1.0, 0.0, 1.0]
    with pytest.raises(ProviderError, match="small says neither YES nor NO"):
        asyncio.run(judge.judge(question, pair))
    assert asked[0][0] == "small"
    assert all(words in str(asked[0][1]) for words in ("Where?", "In Rome", "Answer 2"))


def compared(name: str, one: str, other: str, body: dict[str, object]) -> float:
    judge = part("judges", name)()
    return asyncio.run(judge.judge(Ask("chat", "m", body), [answer(one), answer(other)])).score
