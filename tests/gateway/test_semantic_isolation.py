"""S1, for near questions: with a matcher that serves whatever is found, nothing of another's is ever found.

PANTLER_PARTITION_OPERATIONS says how many operations; a release runs 1,000,000. Many are under way at a time, so that
the looks, calls and drops of one meet those of others. After each such lot, with its random answers, purges, expiries,
evictions and bad words, what can be found is held against what is stored.
"""

import asyncio
import json
import os
import random
import time
from collections import Counter
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import CHAT, SECRET, whole
from kitchen import ON, Kitchen, kitchen
from pantler.config.keys import digest
from pantler.config.values import Cache, Key, Model, Prices, Route, Tenant
from pantler.core.asks import Ask
from pantler.core.types import Query, Rating
from pantler.embedders.hashing import Hashing
from pantler.gateway.exchange import Exchange
from pantler.gateway.readings import Arrival
from pantler.gateway.wires.chat import Chat
from pantler.live.errands import Hit
from pantler.matchers.verified import Verified
from pantler.matching.values import Finding

OPERATIONS = int(os.environ.get("PANTLER_PARTITION_OPERATIONS", "10000"))
AT_ONCE = 100  # operations that are under way together: a thread is waited for once for all of them
ANSWER: ContextVar[bytes] = ContextVar("ANSWER")  # what the model says to whoever began the call
NAMES = ("blue", "blu", 'blue"', "Blue")
TENANTS = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{number}")),)) for number, name in enumerate(NAMES))
ROUTES = ("near", "users", "other")
PROMPTS = ("", "Be brief.", "Be brief", "Be long.")
SAMPLING: tuple[dict[str, Any], ...] = ({}, {"top_p": 0.5}, {"max_tokens": 9}, {"response_format": {"type": "text"}})
WORDS = ["bread", "rice", "plums", "beans", "trout"]
ASKED = ["How do I cook {}?", "How can I cook {}?", "What is the best way to cook {}?", "How do I cook {} well?"]


def served(self: Verified, key: Any, wrong: float, row: object, bearable: float) -> Finding:
    return Finding(key, wrong, True, "semantic", would=True, row=row)


async def unheard(*_: Any) -> dict[str, Any]:
    raise AssertionError("nothing is received or sent here")


async def marked(ask: Ask) -> bytes:
    return ANSWER.get()


class Operations:
    """Looks, answers, purges, expiries and bad words, each answer marked with all that must be equal."""

    def __init__(self, kept: Kitchen) -> None:
        self.kept, self.house = kept, kept.house
        self.house.led.whole = marked  # type: ignore[method-assign]
        self.chance = random.Random(7)
        self.tiers: Counter[str] = Counter()
        desk = self.house.serving.setup.desk
        self._holders = [
            desk.holder({b"authorization": f"Bearer sk-{number}".encode()}) for number in range(len(NAMES))
        ]

    async def all(self) -> None:
        for first in range(0, OPERATIONS, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, OPERATIONS))
            await asyncio.gather(*(self._one(number) for number in numbers))
            await self._consistent()

    async def _one(self, number: int) -> None:
        chance, loop = self.chance, self.house.serving.loop
        self.house.clock.now += chance.random()
        errand, mark = self._errand()
        found: Any = loop.look(errand)
        if not isinstance(found, Hit):
            found = await self.kept.semantic.look(errand, found)
        if isinstance(found, Hit):
            entry, tier = found.entry, found.tier
        else:
            ANSWER.set(whole(f"{mark}{number}"))
            passage = loop.answer(errand, found)
            entry, tier = (await passage.answer()).entry, "miss"
            passage.leave()
        said = json.loads(entry.body)["choices"][0]["message"]["content"]
        assert said.startswith(mark), (number, tier, mark, said)
        self.tiers[tier] += 1
        self._disturb(errand)

    def _disturb(self, errand: Any) -> None:
        chance, loop, key = self.chance, self.house.serving.loop, errand.query.key
        if chance.random() < 0.01:
            loop.forget(self.house.keeping.store.named("tenant", chance.choice(NAMES)))
        if chance.random() < 0.02:
            loop.rate(
                Rating(Query(key, route=errand.route.name), "m", float(chance.random() < 0.5)), is_this=lambda _: True
            )

    async def _consistent(self) -> None:
        """What can be found is what is stored, no more and no less."""
        await self.kept.semantic.settled()
        found = {key for matching in self.kept.matchings for key in dict(matching.members.items())}
        assert found == set(self.house.keeping.engine.cache.residents)
        assert found == set(self.kept.semantic._where)
        for matching in self.kept.matchings:
            keys = {key for key, _ in matching.members.items()}
            assert set(matching._seconds) == (keys if matching.terms.is_seconded else set())
            for scope, index in matching.members._scopes.items():
                members = {key for key, member in matching.members.items() if member.scope == scope}
                assert set(index._slots) == members

    def _errand(self) -> tuple[Any, str]:
        chance = self.chance
        who, route = chance.randrange(len(NAMES)), chance.choice(ROUTES)
        user = chance.choice(["ann", "bob"]) if route == "users" else ""
        prompt, sampling = chance.choice(PROMPTS), chance.choice(SAMPLING)
        question = chance.choice(ASKED).format(chance.choice(WORDS))
        messages = [{"role": "system", "content": prompt}] * bool(prompt) + [{"role": "user", "content": question}]
        fields = {"model": route, "user": user, "messages": messages, **sampling}
        now = self.house.clock()
        exchange = Exchange(CHAT, {}, unheard, unheard, Arrival("dec", time.monotonic(), now))
        exchange.holder = self._holders[who]
        desk = self.house.serving.setup.desk
        mark = f"{NAMES[who]}|{route}|{user}|{prompt}|{json.dumps(sampling)}|"
        return errand_of(desk, json.dumps(fields).encode(), exchange), mark


def errand_of(desk: Any, body: bytes, exchange: Exchange) -> Any:
    from pantler.gateway.desk import sender

    assert exchange.holder is not None
    return desk.errand(desk.reading(Chat(), body, sender(exchange.holder, exchange.head)), exchange.arrival)


@pytest.mark.promise("C6")
def test_nothing_of_another_tenant_route_user_prompt_or_sampling_is_ever_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Verified, "_decided", served)
    second = Hashing(dimensions=512)
    monkeypatch.setattr("pantler.gateway.likenesses.second_of", lambda near: second if near.second_embedder else None)
    routes = (
        Route("users", ("m",), partition_by_user=True, semantic=ON),
        Route("other", ("m",), semantic=replace(ON, second_embedder="minilm"), ttl_seconds=500.0),
    )

    async def test() -> None:
        tables = {"tenants": TENANTS, "cache": Cache(capacity="700KB"), "models": (Model("m", price=Prices("1", "2")),)}
        async with kitchen(tmp_path, ttl_seconds=200.0, others=routes, tables=tables) as kept:
            operations = Operations(kept)
            await operations.all()
            assert operations.tiers["semantic"] > OPERATIONS / 10
            assert operations.tiers["miss"] > OPERATIONS / 100

    asyncio.run(test())
