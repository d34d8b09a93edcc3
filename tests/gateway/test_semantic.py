"""Near questions: nothing is served in shadow, then what is certified is, marked for what it is."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from house import SECRET
from kitchen import kitchen
from pantler.config.keys import digest
from pantler.config.values import Key, Objective, Tenant


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
            monkeypatch.setattr("pantler.gateway.desk.question", None)
            assert (await kept.ask(first)).tier == "hit"
            assert kept.last.near is None

    asyncio.run(test())


@pytest.mark.parametrize(
    ("question", "fields", "rule"),
    [
        ("What is my account balance?", {}, "personalised"),
        ("How do I close my account?", {"user": "ann"}, "personalised"),
        ("How do I close my account?", {"safety_identifier": "ann"}, "personalised"),
        ("How do I close my account?", {"metadata": {"user": "ann"}}, "personalised"),
        ("How do I close my account?", {"tools": [{"type": "function", "function": {"name": "f"}}]}, "personalised"),
        ("What is the weather in Rome?", {}, "time_bound"),
        ("Tell me another joke", {}, "sampled_for_variety"),
        ("Why is the sky blue?", {"n": 2}, "sampled_for_variety"),
        ("Why is the sky blue?", {"seed": 1}, "sampled_for_variety"),
        ("Why is the sky blue?", {"temperature": 0, "logprobs": True}, "sampled_for_variety"),
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
    ("fields", "settings"),
    [
        ({}, {}),
        ({"tools": [], "user": ""}, {}),
        ({"user": "ann", "safety_identifier": "a"}, {"partition_by_user": True}),
    ],
    ids=["nobody", "empty", "in the key"],
)
def test_a_possession_may_be_named_where_no_field_outside_the_key_says_whose_it_is(
    tmp_path: Path, fields: dict[str, Any], settings: dict[str, Any]
) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, **settings) as kept:
            await kept.ask("How do I close my account?", **fields)
            assert kept.last.near.reason == "nothing stored is near"
            await kept.ask("Is my account closed?", **fields)
            assert kept.last.near.reason == "personalised"

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


def test_equal_questions_at_a_time_are_looked_for_and_asked_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            embedded = kept.count_embeddings()
            replies = await asyncio.gather(*(kept.house.ask(again, model="near").reply() for _ in range(50)))
            tiers = [reply.tier for reply in replies]
            assert tiers.count("miss") == 1
            assert set(tiers) <= {"miss", "coalesced", "hit"}
            assert (kept.house.led.calls, embedded) == (2, [again])

    asyncio.run(test())


def test_a_text_is_embedded_once_also_where_its_answer_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            embedded = kept.count_embeddings()
            questions = [question for _ in range(5) for question in kept.pair()]
            for question in questions:
                await kept.ask(question)
            assert embedded == questions

    asyncio.run(test())


def test_no_tenants_question_saves_another_the_work(tmp_path: Path) -> None:
    """Which the time would tell."""

    async def test() -> None:
        tenants = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{name}")),)) for name in ("ann", "bob"))
        async with kitchen(tmp_path, tables={"tenants": tenants}) as kept:
            first, _ = kept.pair()
            embedded = kept.count_embeddings()
            for name in ("ann", "bob"):
                assert (await kept.ask(first, headers={"authorization": f"Bearer sk-{name}"})).tier == "miss"
            assert embedded == [first, first]

    asyncio.run(test())


def test_a_plain_completion_is_matched_by_its_prompt_unless_it_is_echoed(tmp_path: Path) -> None:
    answer = b'{"id":"c1","object":"text_completion","choices":[{"text":"four","finish_reason":"stop","index":0}]}'

    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            kept.house.led.answer = answer
            prompts = kept.pair()

            async def tier(prompt: str, **fields: Any) -> str:
                body = json.dumps({"model": "near", "prompt": prompt, **fields}).encode()
                reply = await kept.house.post("/v1/completions", body).reply()
                await kept.semantic.settled()
                return reply.tier

            assert await tier(prompts[0]) == "miss"
            kept.certify()
            assert await tier(prompts[1], echo=True) == "miss"
            assert kept.last.near.reason == "echoed"
            assert await tier(prompts[1]) == "semantic"
            assert await tier(prompts[1] + " Then?", suffix="x") == "miss"

    asyncio.run(test())
