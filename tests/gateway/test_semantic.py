"""Near questions: nothing is served in shadow, then what is certified is, marked for what it is."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from house import House, house, whole
from pantler.config.values import Objective, Route, Semantic
from pantler.live.circles import Matching

CITIES = ["Paris", "Oslo", "Lima", "Cairo", "Hanoi", "Quito", "Dublin", "Prague", "Nairobi", "Lisbon", "Riga", "Bern"]
FOODS = ["rice", "salmon", "spinach", "bread", "lentils", "mushrooms", "cheese", "plums", "beans", "trout"]
ASKED = "What is the best way to cook {} in {}?"
AGAIN = "What's the best method to cook {} in {}?"
ON = Semantic(max_wrong_per_request=0.05, max_wrong_per_hit=1.0, embedder="hashing", deadline_seconds=60.0)


class Kitchen:
    """A gateway whose model answers questions of one food and one city alike, however they are worded."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        tables = settings.pop("tables", {})
        routes = (Route("near", ("m",), **{"semantic": ON, **settings}), Route("plain", ("m",)))
        self.house: House = house(folder, routes=routes, **tables)
        self._pairs = count()

    @property
    def semantic(self) -> Any:
        return self.house.serving.semantic

    async def ask(self, question: str, answer: str | None = None, **fields: Any) -> Any:
        self.house.led.answer = whole(self.answer(question) if answer is None else answer)
        headers = fields.pop("headers", None)
        reply = await self.house.ask(question, headers=headers, **{"model": "near", **fields}).reply()
        await self.semantic.settled()
        return reply

    def answer(self, question: str) -> str:
        """What the model says."""
        words = question.replace("?", "").split()
        return " ".join(sorted(word for word in words if word in CITIES or word in FOODS))

    def pair(self) -> tuple[str, str]:
        """Two ways to ask what nobody has asked yet."""
        number = next(self._pairs)
        food, city = FOODS[number % len(FOODS)], CITIES[number // len(FOODS) % len(CITIES)]
        tag = "" if number < 120 else f" with {number // 120} friends"
        return ASKED.format(food, city + tag), AGAIN.format(food, city + tag)

    def certify(self) -> None:
        """As if the shadow had been long enough."""
        for matching in self.matchings:
            matching.matcher.promise.certified = True
            matching.matcher.promise.requests = 800
            matching.matcher.cutoff.level = 0.99
            matching.matcher.cutoff.inflation = 1.0
            matching.matcher._audited_share = lambda most: 0.0  # type: ignore[method-assign]

    @property
    def matchings(self) -> list[Matching]:
        return list(self.semantic._matchings.values())

    @property
    def last(self) -> Any:
        return self.house.rows[-1]


@asynccontextmanager
async def kitchen(folder: Path, **settings: Any) -> AsyncGenerator[Kitchen, None]:
    made = Kitchen(folder, **settings)
    yield made
    if made.semantic is not None:
        await made.semantic.settled()
        made.semantic.close()


def test_nothing_is_served_in_shadow_and_every_miss_is_a_label(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            assert (await kept.ask(first)).tier == (await kept.ask(again)).tier == "miss"
            assert kept.house.led.calls == 2
            near = kept.last.near
            assert (near.decision, near.reason) == (kept.house.rows[0].decision, "too doubtful")
            assert 0.5 < near.cosine < 1.0
            assert kept.matchings[0].matcher.belief.labels == 1

    asyncio.run(test())


def test_a_certified_scope_serves_near_questions_plain_and_streamed_marked_for_what_they_are(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            told = await kept.ask(first)
            kept.certify()
            near = await kept.ask(again)
            assert (near.tier, kept.house.led.calls) == ("semantic", 1)
            assert near.body == told.body
            assert near.headers["x-pantler-entry"] == told.headers["x-pantler-decision"]
            assert near.headers["x-pantler-reason"] == "semantic"
            assert 0.0 < float(near.headers["x-pantler-wrong"]) < 1.0
            assert 0.5 < float(near.headers["x-pantler-score"]) < 1.0
            assert near.headers["x-pantler-cost"] == "0.000000000"
            assert near.headers["x-pantler-saved"] == "0.000007000"
            row = kept.last
            assert (row.tier, row.spent, row.saved_by_cache, row.near.reason) == ("semantic", 0, 7000, "semantic")
            streamed = await kept.ask(again + " Please.", stream=True)
            assert streamed.tier == "semantic"
            assert streamed.events[-1] == "[DONE]"
            assert streamed.text == json.loads(told.body)["choices"][0]["message"]["content"]

    asyncio.run(test())


def test_an_exact_hit_does_no_semantic_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, _ = kept.pair()
            await kept.ask(first)
            monkeypatch.setattr(kept.semantic, "look", None)
            monkeypatch.setattr("pantler.gateway.questions._question", None)
            assert (await kept.ask(first)).tier == "hit"
            assert kept.last.near is None

    asyncio.run(test())


@pytest.mark.parametrize(
    ("question", "fields", "rule"),
    [
        ("What is my account balance?", {}, "personalised"),
        ("What is the weather in Rome?", {}, "time_bound"),
        ("Tell me another joke", {}, "sampled_for_variety"),
        ("Why is the sky blue?", {"n": 2}, "sampled_for_variety"),
        ("Why is the sky blue?", {"seed": 1}, "sampled_for_variety"),
        ("Why is the sky blue?", {"web_search_options": {}}, "time_bound"),
        ("long " * 400, {}, "too_long"),
        ("", {"messages": [{"role": "assistant", "content": "Hi"}]}, "no_question"),
        (
            "",
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]},
            "attachments",
        ),
    ],
)
def test_what_is_never_matched_is_refused_by_name(
    tmp_path: Path, question: str, fields: dict[str, Any], rule: str
) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            assert (await kept.ask(question, "no", **fields)).tier == "miss"
            assert kept.last.near.reason == rule
            assert not kept.matchings or not len(kept.matchings[0].members)

    asyncio.run(test())


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [{"role": "system", "content": "Be brief."}]},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"response_format": {"type": "json_object"}},
        {"top_p": 0.5},
        {"max_tokens": 9},
        {"model": "plain"},
    ],
    ids=repr,
)
def test_only_the_last_text_may_differ(tmp_path: Path, fields: dict[str, Any]) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            if "messages" in fields:
                fields["messages"] = [*fields["messages"], {"role": "user", "content": again}]
            assert (await kept.ask(again, **fields)).tier == "miss"
            assert not getattr(kept.last.near, "decision", "")
            assert (await kept.ask(again)).tier == "semantic"

    asyncio.run(test())


def test_where_an_error_costs_more_than_a_call_the_model_is_asked(tmp_path: Path) -> None:
    async def test(weight: float) -> str:
        async with kitchen(tmp_path, objective=Objective(error_weight=weight)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            tier = (await kept.ask(again)).tier
            return f"{tier}: {kept.last.near.reason}"

    assert asyncio.run(test(0.0)) == asyncio.run(test(1e-6)) == "semantic: semantic"
    assert asyncio.run(test(10.0)) == "miss: a call costs less than the doubt"
