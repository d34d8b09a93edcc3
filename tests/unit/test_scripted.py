import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.core.usage import usage_of
from pantler.providers._speech import question_of
from pantler.providers.replay import Replay
from pantler.providers.scripted import Scripted


def ask(question: str, **more: Any) -> Ask:
    return Ask("chat", "m", {"messages": [{"role": "user", "content": question}], **more})


def scripted(**settings: Any) -> Scripted:
    return Scripted(Endpoint(name="m"), **settings)


def said(provider: Scripted | Replay, given: Ask) -> str:
    return str(msgspec.json.decode(asyncio.run(provider.whole(given)))["choices"][0]["message"]["content"])


def test_declared_answers_are_given_from_the_table_and_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"question": "two  and two", "answer": "4", "more": 1}\n')
    provider = scripted(answers={"one and one": "2"}, answers_path=str(path))
    assert said(provider, ask("one and\n one")) == "2"
    assert said(provider, ask("two and two")) == "4"
    assert said(provider, ask("three")) == "three"


def test_a_declared_share_is_answered_wrongly_the_same_for_the_same_seed() -> None:
    questions = [ask(f"question {number}") for number in range(1000)]
    first, again, other = (
        [said(scripted(wrong_rate=0.2, wrong_answer="no", seed=seed), each) == "no" for each in questions]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert sum(first) == pytest.approx(200, abs=40)


def test_an_answer_is_cut_at_the_most_tokens_that_were_asked() -> None:
    body = asyncio.run(scripted(answers={"q": "a b c d"}).whole(ask("q", max_tokens=2)))
    choice = msgspec.json.decode(body)["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("a b", "length")
    tokens = usage_of(body)
    assert tokens is not None
    assert (tokens.tokens_in, tokens.tokens_out) == (1, 2)


def test_a_length_below_nought_is_no_bound() -> None:
    assert said(scripted(answers={"q": "a b c d"}), ask("q", max_tokens=-1)) == "a b c d"


def test_faults_come_in_turn_and_errors_at_their_rate() -> None:
    async def kinds(provider: Scripted, calls: int) -> list[str]:
        outcomes = []
        for _ in range(calls):
            try:
                await provider.whole(ask("q"))
            except ProviderError as error:
                outcomes.append(str(error.status or error.kind))
            else:
                outcomes.append("well")
        return outcomes

    assert asyncio.run(kinds(scripted(faults=["well", "429", "refused"]), 6)) == ["well", "429", "refused"] * 2
    assert asyncio.run(kinds(scripted(error_rate=0.3), 1000)).count("500") == pytest.approx(300, abs=50)


def test_time_passes_as_declared() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    provider = scripted(answers={"q": "a b"}, latency_seconds=1.0, seconds_per_token=0.25, sleep=sleep)
    asyncio.run(provider.whole(ask("q")))
    assert slept == [1.5]


def test_embeddings_of_equal_texts_are_equal() -> None:
    body = asyncio.run(scripted().whole(Ask("embedding", "m", {"input": ["a", "b", "a"]})))
    vectors = [each["embedding"] for each in msgspec.json.decode(body)["data"]]
    assert vectors[0] == vectors[2] != vectors[1]


@pytest.mark.parametrize("settings", [{"faults": ["sometimes"]}, {"faults": ["200"]}, {"answers_path": "/nowhere"}])
def test_what_cannot_be_declared_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        scripted(**settings)


def test_the_question_is_the_text_of_all_messages_and_their_parts() -> None:
    parts = [{"type": "text", "text": " how  many "}, {"type": "image_url", "image_url": {"url": "data:"}}]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [*parts, {"text": "legs"}]}]
    assert question_of(Ask("chat", "m", {"messages": messages})) == "Be brief. how many legs"
    assert question_of(Ask("completion", "m", {"prompt": " how many "})) == "how many"


def recorded(folder: Path) -> str:
    path = folder / "recorded.jsonl"
    lines = [
        {"question": "q", "answer": "small's", "tokens_in": 3, "tokens_out": 2, "model": "small", "seconds": 0.5},
        {"question": "q", "answer": "large's", "tokens_in": 3, "tokens_out": 2, "model": "large"},
    ]
    path.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    return str(path)


def test_each_model_replays_its_own_answers(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    assert said(Replay(Endpoint(name="small"), path=path), ask("q")) == "small's"
    assert said(Replay(Endpoint(name="dear", upstream_model="large"), path=path), ask("q")) == "large's"


def test_a_question_that_was_not_recorded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="holds no answer to this") as failure:
        said(Replay(Endpoint(name="small"), path=recorded(tmp_path)), ask("another"))
    assert failure.value.status == 404


def test_recorded_answers_come_at_their_old_pace_where_asked(tmp_path: Path) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    provider = Replay(Endpoint(name="small"), path=recorded(tmp_path), paced=True, sleep=sleep)
    said(provider, ask("q"))
    assert slept == [0.5]


@pytest.mark.parametrize("text", ["", "no json", '{"question": 1}'])
def test_a_file_that_holds_no_recorded_answers_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"bad\.jsonl"):
        Replay(Endpoint(name="small"), path=str(path))
