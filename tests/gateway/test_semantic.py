"""Near questions: nothing is served in shadow, then what is certified is, marked for what it is."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from house import SECRET, Client, whole
from kitchen import ON, kitchen
from pantler.config.keys import digest
from pantler.config.values import Cache, Key, Objective, Semantic, Tenant
from pantler.core.asks import Opinion
from pantler.disk import state
from pantler.gateway.admin import Admin
from pantler.gateway.app import App
from pantler.gateway.promises import families
from pantler.judges.equality import Equality
from pantler.live.asking import Circle
from pantler.live.circles import Matching, Terms
from pantler.live.judging import doubt
from pantler.live.reports import Report, report


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


def test_a_bad_word_on_a_near_answer_demotes_it_and_its_aliases_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, opened=True) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            near = await kept.ask(again)
            kept.semantic._aliases.add(1234, kept.entry(first))
            said = {"decision_id": near.headers["x-pantler-decision"], "good": False}
            told = await kept.house.post("/v1/feedback", json.dumps(said).encode()).reply()
            assert told.json["dropped"] is True
            assert (await kept.ask(again + " Please.")).tier == "miss"
            assert kept.last.near.wrong > near_wrong(near)
            assert len(kept.semantic._aliases) <= 1, "of the new label alone"
            assert (await kept.ask(first)).tier == "hit", "its own question has its answer still"

    def near_wrong(reply: Any) -> float:
        return float(reply.headers["x-pantler-wrong"])

    asyncio.run(test())


def test_a_text_that_was_shown_equal_is_answered_as_an_exact_one_until_its_entry_leaves(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            assert (await kept.ask(again)).tier == "miss"
            key = int(kept.last.key_digest, 16)
            kept.house.serving.loop.forget([key])  # its own answer is evicted
            alias = await kept.ask(again)
            assert (alias.tier, alias.headers["x-pantler-reason"], kept.house.led.calls) == ("alias", "alias", 2)
            kept.house.serving.loop.forget([kept.entry(first)])
            assert (await kept.ask(again)).tier == "miss"

    asyncio.run(test())


def test_answers_that_differ_make_no_alias(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first, "one")
            await kept.ask(again, "two")
            kept.house.serving.loop.forget([int(kept.last.key_digest, 16)])
            assert (await kept.ask(again, "two")).tier == "miss"

    asyncio.run(test())


def test_what_has_left_the_cache_is_never_near(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, ttl_seconds=10.0) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.house.clock.now += 20.0
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "has_left"
            assert counted_hits(kept) == (0, 0)

    asyncio.run(test())


def test_what_is_purged_is_no_longer_found(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            gone = kept.entry(first)
            kept.house.serving.loop.forget([gone])
            await kept.semantic.settled()
            assert gone not in kept.matchings[0].members
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

    asyncio.run(test())


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


def test_what_was_found_too_late_is_charged_and_is_no_hit(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, deadline_seconds=0.05)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            with hung(kept):
                assert (await kept.house.ask(again, model="near").reply()).tier == "miss"
                assert kept.last.near.reason == "too_late"
            await kept.semantic.settled()
            assert kept.matchings[0].matcher.promise.spent > 0.0, "the look went on, and would have served it"
            assert counted_hits(kept) == (0, 0)

    asyncio.run(test())


@contextmanager
def hung(kept: Any) -> Iterator[None]:
    """The embedder hangs until the block ends."""
    (likeness,) = kept.semantic._likenesses.values()
    embed, let_go = likeness.embedder.embed, Event()
    likeness.embedder.embed = lambda texts: (let_go.wait(), embed(texts))[1]
    try:
        yield
    finally:
        let_go.set()
        likeness.embedder.embed = embed


def counted_hits(kept: Any) -> tuple[int, int]:
    """Of the report, and of the promise."""
    (matching,) = kept.matchings
    return matching.served, matching.matcher.promise.hits


def test_a_dead_or_slow_embedder_delays_nobody_beyond_the_deadline(tmp_path: Path) -> None:
    """In the house's own time, which the hung embedder does not let go on."""

    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, deadline_seconds=0.05)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            with hung(kept):
                assert (await kept.house.ask(again, model="near").reply()).tier == "miss"
                assert kept.last.near.reason == "too_late"
                for number in range(20):  # none of these waits: the work under way is late already
                    began = asyncio.get_running_loop().time()
                    assert (await kept.house.ask(f"What is {number}?", model="near").reply()).tier == "miss"
                    assert asyncio.get_running_loop().time() - began < 0.5
                    assert kept.last.near.reason == "too_late"
            await kept.semantic.settled()
            assert len(kept.matchings[0].members) == 22, "all of them are found from now on"

    asyncio.run(test())


def test_a_broken_embedder_fails_no_request(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, _ = kept.pair()
            (likeness,) = kept.semantic._likenesses.values()
            embed = likeness.embedder.embed
            likeness.embedder.embed = None
            try:
                assert (await kept.ask(first)).tier == "miss"
                assert (await kept.ask(first)).tier == "hit"
            finally:
                likeness.embedder.embed = embed

    asyncio.run(test())


def test_admin_and_metrics_tell_what_is_promised_and_what_was_seen(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            near = await kept.ask(again)
            await kept.ask("What is my account balance?")
            app = App(Admin(kept.house.serving, lambda: None, "k").paths(), lambda *_: None, kept.house.serving.clocks)
            headers = {"authorization": "Bearer k"}
            told = (await Client(app, "GET", "/admin/semantic", b"", headers).reply()).json
            (circle,), (doubt,) = told["circles"], told["doubtful"]
            assert (circle["is_certified"], circle["served"], circle["texts"]) == (True, 1, 1)
            assert circle["probation_left"] == 0
            assert circle["reasons"] == {"nothing stored is near": 1, "semantic": 1, "personalised": 1}
            assert (circle["promised_per_request"], circle["per_hit"]) == (0.05, [0.0, 0.0, 1.0])
            assert doubt["decision"] == near.headers["x-pantler-decision"]
            assert doubt["entry"] == near.headers["x-pantler-entry"]
            assert "cook" not in json.dumps(told)
            text = (await Client(app, "GET", "/metrics", b"", headers).reply()).body.decode()
            assert 'pantler_near_total{reason="semantic",route="near"} 1.0' in text
            assert 'pantler_near_total{reason="personalised",route="near"} 1.0' in text
            assert 'pantler_near_promised{per="request",route="near"} 0.05' in text
            assert 'pantler_near_wrong_most{per="hit",route="near"} 1.0' in text

    asyncio.run(test())


def test_a_circle_of_whose_hits_nothing_was_seen_hides_nothing_of_those_of_others() -> None:
    seen, new = (Matching(Terms(), 256) for _ in range(2))
    for _ in range(100):
        seen.in_shadow.add(False, 1.0)
    reports = [report(Circle(name, "near", "chat"), each, {}) for name, each in (("ann", seen), ("bob", new))]
    assert 0.0 < most_wrong(reports) < 0.05
    assert most_wrong(reports[1:]) == 1.0, "of it alone anything may be"


def most_wrong(reports: list[Report]) -> float:
    """Per hit, as Prometheus is told."""
    samples = [sample for family in families(reports) for sample in family.samples]
    return next(
        each.value for each in samples if each.name == "pantler_near_wrong_most" and each.labels["per"] == "hit"
    )


def test_a_reload_keeps_the_texts_and_begins_another_promise_in_shadow(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.reload(replace(ON, max_wrong_per_request=0.01))
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.key == f"{kept.entry(first):032x}"
            kept.reload(None)
            assert (await kept.ask(again + " Please.")).tier == "miss"
            assert kept.last.near is None

    asyncio.run(test())


def test_another_promise_begins_in_shadow_though_none_was_made_in_between(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.reload(None)
            kept.reload(replace(ON, max_wrong_per_request=0.01))
            assert (await kept.ask(again)).tier == "miss"
            (circle,) = kept.semantic.reports()
            assert circle.promised_per_request == 0.01
            assert not circle.is_certified

    asyncio.run(test())


def served_nearly_then(tmp_path: Path, how: str, semantic: Semantic, then: Callable[[Any], Awaitable[None]]) -> None:
    """Certify, serve a near answer, keep an alias; then let `semantic` take over by a reload or a restart, and look."""

    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            assert (await kept.ask(again)).tier == "semantic"
            kept.semantic._aliases.add(1234, kept.entry(first))
            if how == "reload":
                kept.reload(semantic)
                await kept.semantic.settled()
                await then(kept)
        if how == "restart":
            async with kitchen(tmp_path, opened=True, tables=tables, semantic=semantic) as kept:
                await kept.semantic.settled()
                await then(kept)

    asyncio.run(test())


@pytest.mark.parametrize(
    "changed",
    [{"judge": "embedding"}, {"judge_error": 0.05}, {"max_wrong_per_request": 0.01}, {"max_wrong_per_hit": 0.1}],
    ids=repr,
)
@pytest.mark.parametrize("how", ["reload", "restart"])
def test_what_was_certified_by_another_judge_or_promise_begins_in_shadow(
    tmp_path: Path, changed: dict[str, Any], how: str
) -> None:
    async def in_shadow(kept: Any) -> None:
        (circle,) = kept.semantic.reports()
        assert (circle.is_certified, circle.requests, circle.served, circle.texts) == (False, 0, 0, 1)
        assert not len(kept.semantic._aliases)

    served_nearly_then(tmp_path, how, replace(ON, **changed), in_shadow)


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_room_for_more_texts_changes_nothing_of_what_is_promised_and_counted(tmp_path: Path, how: str) -> None:
    async def goes_on(kept: Any) -> None:
        (circle,) = kept.semantic.reports()
        assert (circle.is_certified, circle.requests, circle.served) == (True, 801, 1)
        assert len(kept.semantic._aliases) == 1

    served_nearly_then(tmp_path, how, replace(ON, max_entries=30_000), goes_on)


def test_which_hits_are_audited_is_drawn_anew_by_each_gateway(tmp_path: Path) -> None:
    """Or whoever knows the code would know it."""

    async def drawn(place: Path) -> float:
        async with kitchen(place) as kept:
            kept.semantic._matchings._chance = kept.house.serving.semantic._around.chance
            await kept.ask(kept.pair()[0])
            return float(kept.matchings[0].matcher._chance.random())

    places = [tmp_path / name for name in "ab"]
    for place in places:
        place.mkdir()
    assert len({asyncio.run(drawn(place)) for place in places}) == 2


def test_a_restart_keeps_what_was_learned_and_what_can_be_found(tmp_path: Path) -> None:
    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            first, again = kept.pair()
            third, fourth = kept.pair()
            await kept.ask(first)
            await kept.ask(again)
            alias = int(kept.last.key_digest, 16)
            await kept.ask(third)
            kept.house.serving.loop.forget([alias])
            labels = kept.matchings[0].matcher.belief.labels
            requests = kept.matchings[0].matcher.promise.requests
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.semantic.settled()
            assert len(kept.matchings[0].members) == 2
            assert kept.matchings[0].matcher.belief.labels == labels > 0
            assert kept.matchings[0].matcher.promise.requests == requests > 0
            assert (await kept.ask(again)).tier == "alias"
            kept.certify()
            assert (await kept.ask(fourth)).tier == "semantic"
        async with kitchen(tmp_path, opened=True, tables=tables, semantic=None) as kept:
            assert kept.semantic is None

    asyncio.run(test())


def test_a_damaged_snapshot_of_near_questions_is_not_used(tmp_path: Path) -> None:
    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.ask(kept.pair()[0])
        place = tmp_path / "state" / "semantic"
        assert place.stat().st_mode & 0o077 == 0
        for damaged in (b"", b"x" * 100, place.read_bytes()[:-1]):
            place.write_bytes(damaged)
            async with kitchen(tmp_path, opened=True, tables=tables) as kept:
                await kept.semantic.settled()
                assert not kept.matchings

    asyncio.run(test())


def test_a_judge_that_asks_a_model_has_its_calls_in_the_ledger(tmp_path: Path) -> None:
    async def test() -> None:
        semantic = replace(ON, judge="model", judge_settings={"model": "m"})
        async with kitchen(tmp_path, semantic=semantic) as kept:
            first, again = kept.pair()
            await kept.ask(first, "YES, four")
            await kept.ask(again, "YES, it is four")
            call = kept.last
            assert (call.tenant, call.route, call.tier, call.reason) == ("", "m", "bypass", "two answers are compared")
            assert (call.spent, call.saved_by_cache, call.baseline) == (7000, -7000, 0)
            assert kept.house.led.asks[-1].body["messages"][-1]["role"] == "user"
            assert kept.matchings[0].matcher.belief.labels == 1
            assert len(kept.semantic._aliases) == 1

    asyncio.run(test())


@pytest.mark.parametrize("answer", ["I'm sorry, but I cannot help with that.", "As an AI, I do not know."])
def test_a_refusal_is_never_served_to_a_near_question(tmp_path: Path, answer: str) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first, answer)
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

    asyncio.run(test())


@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        ({"max_tokens": 2}, b'"stop"', b'"length"'),
        ({}, b'"stop"', b'"tool_calls"'),
    ],
    ids=["cut at the length it asked for", "calls a tool"],
)
def test_an_answer_that_is_not_whole_in_words_is_kept_for_its_own_question_alone(
    tmp_path: Path, fields: dict[str, Any], old: bytes, new: bytes
) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, cache_tool_calls=True) as kept:
            first, again = kept.pair()
            answer = whole("rice").replace(old, new)
            if b"tool_calls" in new:
                calls = b'"tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]'
                answer = answer.replace(b'"content": "rice"', b'"content": "rice", ' + calls)
            kept.house.led.answer = answer
            await kept.house.ask(first, model="near", **fields).reply()
            await kept.semantic.settled()
            assert (await kept.house.ask(first, model="near", **fields).reply()).tier == "hit"
            assert (await kept.ask(again, **fields)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

    asyncio.run(test())


def test_an_answer_that_is_not_kept_is_not_found(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first, headers={"cache-control": "no-store"})
            third, _ = kept.pair()
            kept.house.led.answer = whole("cut").replace(b'"stop"', b'"content_filter"')
            await kept.house.ask(third, model="near").reply()
            assert (await kept.ask(again)).tier == "miss"
            assert kept.last.near.reason == "nothing stored is near"

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


def test_the_word_of_a_judge_who_errs_makes_an_alias_only_where_little_doubt_is_left(tmp_path: Path) -> None:
    assert doubt(0.3, 0.0) == 0.0
    assert doubt(0.5, 0.05) == pytest.approx(0.05)
    assert doubt(0.01, 0.05) < 0.001

    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, judge_error=0.4, max_wrong_per_request=0.001)) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            await kept.ask(again)
            assert kept.matchings[0].matcher.belief.labels == 1
            assert len(kept.semantic._aliases) == 0

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


@pytest.mark.parametrize("agrees", [True, False])
def test_an_audit_is_a_word_on_the_fresh_answer_where_the_stored_one_was_rated(tmp_path: Path, agrees: bool) -> None:
    async def test() -> None:
        async with kitchen(tmp_path, opened=True) as kept:
            first, again = kept.pair()
            told = await kept.ask(first)
            said = {"decision_id": told.headers["x-pantler-decision"], "good": True}
            assert (await kept.house.post("/v1/feedback", json.dumps(said).encode()).reply()).status == 200
            kept.certify()
            matcher = kept.matchings[0].matcher
            matcher.promise.audited_share = lambda worst, *, sure: 1.0  # type: ignore[method-assign]
            matcher.belief.wrong = lambda row, key: 0.01  # type: ignore[method-assign]
            assert (await kept.ask(again, None if agrees else "something else")).tier == "miss"
            assert kept.last.near.reason == "audited"
            item = kept.house.keeping.engine.cache.peek(int(kept.last.key_digest, 16))
            if agrees:
                assert item.payload.ratings == 1
                assert item.payload.wrong < 0.1
            else:
                assert item is None

    asyncio.run(test())


def test_an_audit_beside_an_answer_of_the_same_model_that_nobody_has_rated_says_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            kept.matchings[0].matcher.promise.audited_share = lambda worst, *, sure: 1.0  # type: ignore[method-assign]
            await kept.ask(again, "something else")
            assert kept.last.near.reason == "audited"
            item = kept.house.keeping.engine.cache.peek(int(kept.last.key_digest, 16))
            assert item.payload.ratings == 0

    asyncio.run(test())


def test_a_snapshot_of_an_earlier_version_is_set_aside_and_it_is_told_what_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        tables = {"cache": Cache(path=str(tmp_path / "state"))}
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.ask(kept.pair()[0])
        place = tmp_path / "state" / "semantic"
        written = state.load(place, SECRET)
        assert written is not None
        earlier = {**msgspec.msgpack.decode(written), "version": 1}
        state.save(place, [msgspec.msgpack.encode(earlier)], SECRET)
        async with kitchen(tmp_path, opened=True, tables=tables) as kept:
            await kept.semantic.settled()
            assert not kept.matchings
        assert (
            "it has version 1, not 2: the questions of near hits, their labels and promises begin anew" in caplog.text
        )
        assert place.with_name("semantic.unused").exists()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("changed", "labels"),
    [({"max_wrong_per_request": 0.01}, 0), ({"judge": "embedding"}, 0), ({"max_entries": 30_000}, 1)],
)
def test_a_comparison_that_ends_after_a_reload_to_another_ground_teaches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], labels: int
) -> None:
    async def test() -> None:
        gate = asyncio.Event()

        async def slow(*_: object) -> Opinion:
            await gate.wait()
            return Opinion(1.0, "equal")

        monkeypatch.setattr(Equality, "judge", slow)
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            assert (await kept.house.ask(again, model="near").reply()).tier == "miss"
            kept.reload(replace(ON, **changed))
            gate.set()
            await kept.semantic.settled()
            assert kept.matchings[0].matcher.belief.labels == labels
            assert len(kept.semantic._aliases) == labels

    asyncio.run(test())
