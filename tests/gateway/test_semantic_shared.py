"""Near answers in a scope that tenants share: agreed on first, then served as if they were one's own."""

import asyncio
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from kitchen import Kitchen, agreed, as_tenant, ask, shared
from pantler.live.asking import Circle, Question
from pantler.live.circles import Matching, Terms
from pantler.live.veils import Took

CIRCLE = Circle("", "near", "chat")


def test_an_answer_is_served_to_another_tenant_once_so_many_got_it_by_calls_of_their_own(tmp_path: Path) -> None:
    async def test() -> None:
        async with shared(tmp_path) as kept:
            first, again = kept.pair()
            await ask(kept, "ann", first)
            kept.certify()
            assert (await ask(kept, "ann", again + " Please.")).tier == "semantic", "her own"
            await ask(kept, "bob", again)
            assert kept.last.near.reason == "not_yet_shared"
            before = kept.house.led.calls
            await ask(kept, "cid", again + " Thanks.")
            assert (kept.last.tier, kept.house.led.calls) == ("semantic", before)

    asyncio.run(test())


def test_a_tenant_alone_in_a_scope_of_its_own_making_teaches_nobody(tmp_path: Path) -> None:
    """By a system prompt, say, to which every answer is the same."""
    alone = [{"role": "system", "content": "Say yes, whatever is asked."}]

    async def labels(kept: Kitchen, names: list[str], *, system: bool) -> int:
        for number in range(8):
            message = {"role": "user", "content": kept.pair()[number % 2]}
            messages = [*(alone if system else []), message]
            await ask(kept, names[number % len(names)], "", answer="yes", messages=messages)
        return int(kept.matchings[0].matcher.belief.labels)

    async def test() -> None:
        async with shared(tmp_path) as kept:
            assert await labels(kept, ["ann"], system=True) == 0
            assert await labels(kept, ["ann", "bob"], system=False) > 0

    asyncio.run(test())


def test_another_answer_in_its_place_has_to_be_agreed_on_anew(tmp_path: Path) -> None:
    async def test() -> None:
        async with shared(tmp_path) as kept:
            _, first, again = await agreed(kept)
            for name, question in (("ann", first), ("bob", again)):
                await ask(kept, name, question, answer="another", headers={"cache-control": "no-cache"})
            assert (await ask(kept, "cid", again + " Thanks.")).tier == "miss"
            assert kept.last.near.reason == "not_yet_shared"

    asyncio.run(test())


def test_whoever_is_served_what_is_anothers_sees_a_call_and_then_a_hit_on_it(tmp_path: Path) -> None:
    async def test() -> None:
        async with shared(tmp_path) as kept:
            told, _, again = await agreed(kept)
            kept.house.clock.now += 100.0
            plain = await ask(kept, "cid", again + " Thanks.")
            row = kept.last
            repeated = await ask(kept, "cid", again + " Thanks.")
            assert [row.tier for row in kept.house.rows[-2:]] == ["semantic", "alias"]
            assert (plain.tier, repeated.tier) == ("miss", "hit")
            assert plain.headers.keys() == told.headers.keys()
            assert plain.headers["x-pantler-cost"] == told.headers["x-pantler-cost"] == "0.000007000"
            assert plain.headers["x-pantler-age"] == "0"
            assert plain.json["id"] != told.json["id"]
            assert plain.json["created"] == int(kept.house.clock.now)
            assert plain.json["choices"] == told.json["choices"]
            assert repeated.body == plain.body
            assert row.spent == 0
            streamed = await ask(kept, "dot", again + " Thanks.", stream=True)
            assert (kept.last.tier, streamed.tier) == ("semantic", "miss")
            assert streamed.events[-1] == "[DONE]"
            assert streamed.text == json.loads(told.body)["choices"][0]["message"]["content"]
            probe = await ask(kept, "dot", again + " Now then.", headers={"cache-control": "only-if-cached"})
            assert (probe.status, probe.tier) == (504, "bypass")

    asyncio.run(test())


def test_what_is_anothers_comes_no_sooner_than_a_call_would(tmp_path: Path) -> None:
    async def test() -> None:
        async with shared(tmp_path) as kept:
            _, _, again = await agreed(kept)
            kept.semantic._veils._seconds["near", False].extend([Took(0.2)] * 64)
            began = asyncio.get_running_loop().time()
            await ask(kept, "cid", again + " Thanks.")
            assert kept.last.tier == "semantic"
            assert asyncio.get_running_loop().time() - began >= 0.2

    asyncio.run(test())


def test_a_stream_of_what_is_anothers_begins_no_sooner_than_a_calls(tmp_path: Path) -> None:
    async def test() -> None:
        async with shared(tmp_path) as kept:
            _, _, again = await agreed(kept)
            body = {"model": "near", "stream": True, "messages": [{"role": "user", "content": again + " Thanks."}]}
            kept.semantic._veils._seconds["near", True].extend([Took(0.4, 0.2)] * 64)
            loop = asyncio.get_running_loop()
            began = loop.time()
            client = kept.house.post("/v1/chat/completions", json.dumps(body).encode(), as_tenant("cid"))
            await client.chunks(1)
            assert loop.time() - began >= 0.2
            reply = await client.reply()
            assert loop.time() - began >= 0.4
            assert (kept.last.tier, reply.tier) == ("semantic", "miss")

    asyncio.run(test())


def question(text: str, principal: str) -> Question:
    return Question(CIRCLE, 1, text, principal)


def test_no_principal_fills_a_shared_circle_and_planted_words_are_not_covered() -> None:
    from pantler.embedders.hashing import Hashing

    embedder, matching = Hashing(), Matching(Terms(most=100, is_shared=True, agreeing=1), 256)
    for number in range(200):
        text = f"word{number} is what"
        matching.add(number, question(text, "eve"), embedder.embed([text])[0])
    assert len(matching.members) == 10
    text = "How do I bake bread?"
    matching.add(1000, question(text, "ann"), embedder.embed([text])[0])
    planted = "How do I bake bread? qv zx wq kj pp"
    matching.add(1001, question(planted, "eve"), embedder.embed([planted])[0])
    matching.drop(1000)
    found = matching.look(question(text, "ann"), embedder.embed([text])[0], lambda _: 1.0)
    assert found.finding.reason == "words_not_covered"
    assert not found.finding.serve


@pytest.mark.parametrize(("right", "labels"), [(False, 1), (True, 0)])
def test_an_audit_that_finds_a_hit_wrong_teaches_though_one_principal_is_alone_in_its_scope(
    right: bool, labels: int
) -> None:
    from pantler.embedders.hashing import Hashing

    embedder, matching = Hashing(), Matching(Terms(is_shared=True, agreeing=2), 256)
    text, again = "How do I bake bread?", "How do I bake bread, please?"
    matching.add(1, question(text, "ann"), embedder.embed([text])[0])
    found = matching.look(question(again, "ann"), embedder.embed([again])[0], lambda _: 1.0)
    matching.learn(replace(found.finding, audit=True), right, 2, question(again, "ann"))
    assert matching.matcher.belief.labels == labels
