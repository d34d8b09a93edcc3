"""What every judge keeps to, whatever an upstream sends it to hear."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantler.build import names, part
from pantler.core.asks import Ask, Opinion
from pantler.core.edges import Judge

FORMS = [None, 1, {"type": "json_object"}, {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}]
asks = st.builds(lambda form: Ask("chat", "m", {"messages": [], "response_format": form}), st.sampled_from(FORMS))
texts = st.one_of(st.none(), st.text(), st.sampled_from(["", "four", "{}", "I'm sorry"]), st.integers())
answers = st.one_of(
    st.binary(max_size=50),
    st.builds(
        lambda text, end: msgspec.json.encode({"choices": [{"message": {"content": text}, "finish_reason": end}]}),
        texts,
        st.sampled_from(["stop", "length", "content_filter", None, "tool_calls"]),
    ),
    st.builds(lambda text: msgspec.json.encode({"choices": [{"text": text}]}), texts),
)

each = pytest.mark.parametrize("name", names("judges"))


def judged(judge: Judge, ask: Ask, heard: list[bytes]) -> Opinion:
    return asyncio.run(judge.judge(ask, heard))


@each
@given(asks, st.lists(answers, min_size=1, max_size=4))
def test_an_opinion_is_a_score_with_a_reason_whatever_was_answered(name: str, ask: Ask, heard: list[bytes]) -> None:
    opinion = judged(part("judges", name)(), ask, heard)
    assert 0.0 <= opinion.score <= 1.0
    assert opinion.reason


@each
@given(asks, st.lists(answers, min_size=1, max_size=4))
def test_the_same_answers_get_the_same_opinion(name: str, ask: Ask, heard: list[bytes]) -> None:
    judge = part("judges", name)()
    assert judged(judge, ask, heard) == judged(judge, ask, heard) == judged(part("judges", name)(), ask, heard)


@each
def test_a_reason_does_not_quote_the_answer(name: str) -> None:
    heard = msgspec.json.encode({"choices": [{"message": {"content": "canary " * 9}, "finish_reason": "length"}]})
    assert "canary" not in judged(part("judges", name)(), Ask("chat", "m", {}), [heard]).reason


@each
def test_what_is_no_answer_scores_nothing(name: str) -> None:
    assert judged(part("judges", name)(), Ask("chat", "m", {}), [b"no json"]).score == 0.0
