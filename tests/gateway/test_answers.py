"""What comes back: from the cache or from a model, plain or streamed, marked for what it is."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import MODEL, House, house, settled, whole
from pantler.config.values import Cache, Route
from pantler.core.errors import ProviderError, StoreError

EMBEDDINGS = "/v1/embeddings"


def route(**settings: Any) -> tuple[Route, ...]:
    return (Route("r", ("m",), **settings),)


async def tier(gateway: House, *arguments: Any, **fields: Any) -> str:
    return (await gateway.ask(*arguments, **fields).reply()).tier


def test_a_question_that_comes_again_is_answered_from_what_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        first = await gateway.ask().reply()
        again = await gateway.ask().reply()
        assert (first.tier, again.tier, gateway.led.calls) == ("miss", "hit", 1)
        assert first.body == again.body == gateway.led.answer
        assert again.headers["x-pantler-model"] == "m"
        assert again.headers["x-pantler-cost"] == "0.000000000"
        assert first.headers["x-pantler-cost"] == "0.000007000"  # 3 tokens in at 1 dollar a million, 2 out at 2
        assert gateway.tiers == ["miss", "hit"]
        assert [row.decision for row in gateway.rows] == [
            reply.headers["x-pantler-decision"] for reply in (first, again)
        ]

    asyncio.run(test())


def test_plain_and_streamed_requests_share_one_entry(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        plain = await gateway.ask("a?").reply()
        streamed = await gateway.ask("a?", stream=True).reply()
        assert (streamed.tier, streamed.text) == ("hit", "four")
        assert streamed.headers["content-type"].startswith("text/event-stream")
        assert streamed.events[-1] == "[DONE]"
        live = await gateway.ask("b?", stream=True).reply()
        kept = await gateway.ask("b?").reply()
        assert (live.tier, kept.tier, kept.json["choices"][0]["message"]["content"]) == ("miss", "hit", "four")
        assert kept.json["usage"]["prompt_tokens"] == plain.json["usage"]["prompt_tokens"] == 3
        assert gateway.led.calls == 2

    asyncio.run(test())


def test_a_streamed_answer_is_replayed_piece_by_piece_as_it_came(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        usage = {"include_usage": True}
        live = await gateway.ask(stream=True, stream_options=usage).reply()
        again = await gateway.ask(stream=True, stream_options=usage).reply()
        assert live.events == again.events == [*(piece.decode() for piece in gateway.led.stream), "[DONE]"]
        silent = await gateway.ask(stream=True).reply()
        assert "usage" not in silent.body.decode()
        assert silent.text == "four"

    asyncio.run(test())


def test_the_first_piece_goes_out_before_the_second_has_come(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.steps = asyncio.Semaphore(0)
        client = gateway.ask(stream=True)
        gateway.led.steps.release()
        (first,) = await client.chunks(1)
        assert b'"role"' in first
        for _ in gateway.led.stream:
            gateway.led.steps.release()
        assert (await client.reply()).text == "four"

    asyncio.run(test())


@pytest.mark.promise("C2")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "no-store"}, "bypass"),
        ({"cache-control": "no-cache"}, "miss"),
        ({"cache-control": "max-age=9"}, "miss"),
        ({"cache-control": "max-age=11"}, "hit"),
        ({"cache-control": "only-if-cached"}, "hit"),
        ({}, "hit"),
    ],
)
def test_what_the_client_asks_of_the_cache_is_done(tmp_path: Path, headers: dict[str, str], expected: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await gateway.ask().reply()
        gateway.clock.now += 10.0
        reply = await gateway.ask(headers=headers).reply()
        assert (reply.status, reply.tier) == (200, expected)
        assert reply.headers["x-pantler-age"] == ("10" if expected == "hit" else "0")
        assert gateway.serving.loop.engine.ledger.hits == (expected == "hit")

    asyncio.run(test())


def test_what_is_not_stored_is_not_asked_for_where_only_the_stored_will_do(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        reply = await gateway.ask(headers={"cache-control": "only-if-cached"}).reply()
        assert (reply.status, reply.json["error"]["code"], gateway.led.calls) == (504, "not_cached", 0)

    asyncio.run(test())


def test_no_cache_stores_its_answer_and_no_store_does_not(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await gateway.ask(headers={"cache-control": "no-store"}).reply()
        gateway.led.answer = whole("five")
        await gateway.ask(headers={"cache-control": "no-cache"}).reply()
        kept = await gateway.ask().reply()
        assert (kept.tier, kept.json["choices"][0]["message"]["content"]) == ("hit", "five")

    asyncio.run(test())


def test_an_answer_lives_as_long_as_the_nearest_word_on_it_says(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, routes=route(ttl_seconds=20.0), cache=Cache(ttl_seconds=40.0))
        for headers, model, seconds in (({"x-pantler-ttl": "10"}, "r", 10), ({}, "r", 20), ({}, "m", 40)):
            question = f"{seconds}?"
            await gateway.ask(question, model=model, headers=headers).reply()
            gateway.clock.now += seconds - 1
            assert await tier(gateway, question, model=model) == "hit"
            gateway.clock.now += 1  # absolute: the hit has not refreshed it
            assert await tier(gateway, question, model=model) == "miss"

    asyncio.run(test())


def test_a_stale_answer_is_served_within_its_window_while_it_is_asked_for_anew(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, routes=route(ttl_seconds=10.0, stale_seconds=5.0))
        await gateway.ask(model="r").reply()
        gateway.led.answer = whole("five")
        gateway.clock.now += 14.0
        stale = await gateway.ask(model="r").reply()
        assert (stale.tier, stale.json["choices"][0]["message"]["content"]) == ("stale", "four")
        await settled()
        fresh = await gateway.ask(model="r").reply()
        assert (fresh.tier, fresh.json["choices"][0]["message"]["content"]) == ("hit", "five")
        gateway.clock.now += 15.0
        assert await tier(gateway, model="r") == "miss"
        assert gateway.tiers == ["miss", "stale", "miss", "hit", "miss"]

    asyncio.run(test())


def test_who_takes_what_is_stored_only_has_no_model_asked_behind_a_stale_answer(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, routes=route(ttl_seconds=10.0, stale_seconds=5.0))
        await gateway.ask(model="r").reply()
        gateway.clock.now += 11.0
        assert await tier(gateway, model="r", headers={"cache-control": "only-if-cached"}) == "stale"
        await settled()
        assert gateway.led.calls == 1

    asyncio.run(test())


def test_a_stale_answer_outlasts_a_failing_upstream_to_the_end_of_its_window(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, routes=route(ttl_seconds=10.0, stale_seconds=5.0))
        await gateway.ask(model="r").reply()
        gateway.led.failures = [ProviderError("down", kind="status", status=500) for _ in range(4)]
        gateway.clock.now += 11.0
        for _ in range(3):
            assert await tier(gateway, model="r") == "stale"
            await settled()
        gateway.clock.now += 5.0
        assert (await gateway.ask(model="r").reply()).status == 502

    asyncio.run(test())


def test_variants_are_filled_and_then_served_in_turn(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, routes=route(variants=2))
        told = []
        for text in ("one", "two", "never", "never", "never"):
            gateway.led.answer = whole(text)
            told.append((await gateway.ask(model="r").reply()).json["choices"][0]["message"]["content"])
        assert told == ["one", "two", "one", "two", "one"]
        assert gateway.led.calls == 2

    asyncio.run(test())


@pytest.mark.parametrize("fields", [{"temperature": 0.7}, {"never_heard_of": 1}])
def test_what_may_vary_or_is_not_understood_passes_the_cache_by(tmp_path: Path, fields: dict[str, Any]) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        assert [await tier(gateway, **fields) for _ in range(2)] == ["bypass", "bypass"]
        assert gateway.led.asks[0].body.items() >= fields.items()

    asyncio.run(test())


@pytest.mark.promise("S6")
@pytest.mark.parametrize("flaw", ["length", "content_filter", "tool_calls"])
def test_only_a_complete_answer_is_kept(tmp_path: Path, flaw: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        answer = json.loads(gateway.led.answer)
        answer["choices"][0]["finish_reason"] = flaw
        if flaw == "tool_calls":
            call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            answer["choices"][0]["message"] = {"role": "assistant", "content": None, "tool_calls": [call]}
        gateway.led.answer = json.dumps(answer).encode()
        assert [await tier(gateway) for _ in range(2)] == ["miss", "miss"]

    asyncio.run(test())


@pytest.mark.promise("C4")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 420, 422, 429, 430, 498, 499, 500, 502, 503, 529])
def test_no_error_is_ever_kept(tmp_path: Path, status: int) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        body = json.dumps({"error": {"message": "no", "type": "t", "param": None, "code": "c"}}).encode()
        gateway.led.failures = [ProviderError("no", kind="status", status=status, body=body)]
        failed = await gateway.ask().reply()
        assert failed.status == (status if status < 500 else 503 if status in {503, 529} else 502)
        if status < 500 and status not in {401, 403}:
            assert failed.body == body  # an upstream's 4xx stays what it was
        assert await tier(gateway) == "miss"

    asyncio.run(test())


def test_what_the_store_has_lost_is_asked_for_again_and_counted(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        await gateway.ask().reply()
        (key,) = gateway.keeping.engine.cache
        gateway.keeping.store.drop(key)  # type: ignore[arg-type]
        assert await tier(gateway) == "miss"
        assert gateway.serving.loop.lost == 1
        stats = gateway.serving.stats()
        assert (stats["hits"], stats["calls"], stats["hit_ratio"]) == (0, 2, 0.0), "no client had a hit"
        assert await tier(gateway) == "hit"
        assert gateway.serving.stats()["hits"] == 1

    asyncio.run(test())


def test_what_the_cache_evicts_leaves_the_store(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, cache=Cache(policy="lru", capacity="2KB"))
        for number in range(10):
            await gateway.ask(f"{number}?").reply()
        stored = gateway.keeping.store.named("tenant", "anybody")
        assert sorted(stored) == sorted(gateway.keeping.engine.cache) != []  # type: ignore[type-var]

    asyncio.run(test())


def test_what_has_expired_leaves_the_store_with_the_next_answer(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, cache=Cache(ttl_seconds=10.0))
        for question in ("a?", "b?"):
            await gateway.ask(question).reply()
        gateway.clock.now += 10.0
        await gateway.ask("c?").reply()
        assert len(gateway.keeping.store.named("tenant", "anybody")) == 1

    asyncio.run(test())


def test_embeddings_are_kept_too(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.answer = json.dumps(
            {
                "object": "list",
                "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
                "model": "m",
                "usage": {"prompt_tokens": 2, "total_tokens": 2},
            }
        ).encode()
        body = json.dumps({"model": "m", "input": "four"}).encode()
        assert [(await gateway.post(EMBEDDINGS, body).reply()).tier for _ in range(2)] == ["miss", "hit"]

    asyncio.run(test())


def test_every_name_is_passed_on_where_an_upstream_is_given_for_all(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(), any_model=replace(MODEL, name="upstream"))
        tiers = [await tier(gateway, model=name) for name in ("a", "b", "a")]
        assert tiers == ["miss", "miss", "hit"]
        assert [ask.model for ask in gateway.led.asks] == ["a", "b"]
        assert [row.model for row in gateway.rows] == ["a", "b", "a"]
        assert gateway.keeping.ratios.snapshot() == []  # of names that clients make up nothing is kept

    asyncio.run(test())


@pytest.mark.parametrize("streamed", [False, True])
def test_with_strict_durability_no_answer_ends_before_its_row_is_on_disk(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        gateway = house(tmp_path, cache=Cache(durability="strict"))
        disk = asyncio.Event()
        gateway.serving.answers.committed = disk.wait  # type: ignore[assignment]
        for tier in ("miss", "hit"):
            disk.clear()
            client = gateway.ask(stream=streamed)
            await settled()
            assert not client.sent or client.sent[-1].get("more_body")
            assert gateway.tiers[-1] == tier
            disk.set()
            assert (await client.reply()).tier == tier

    asyncio.run(test())


def test_with_strict_durability_a_ledger_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path, cache=Cache(durability="strict"))

        async def fails() -> None:
            raise StoreError("/srv/ledger.sqlite is not written")

        gateway.serving.answers.committed = fails
        for _ in range(2):  # a miss, a hit
            reply = await gateway.ask().reply()
            assert (reply.status, reply.json["error"]["code"]) == (503, "ledger_unavailable")
            assert b"/srv" not in reply.body

    asyncio.run(test())


@pytest.mark.parametrize("name", ["any", "*", "", "v1/models"])
def test_a_routes_name_may_be_any_word_at_all(tmp_path: Path, name: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path, models=(MODEL, replace(MODEL, name="n")), routes=(Route(name or " ", ("m", "n")),))
        assert (await gateway.ask(model=name or " ").reply()).status == 200
        assert gateway.led.asks[0].model in {"m", "n"}

    asyncio.run(test())
