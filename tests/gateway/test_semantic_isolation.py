"""S1, for near questions: with a matcher that serves whatever is found or learns of it, nothing of another's is found.

PANTLER_PARTITION_OPERATIONS says how many operations; a release runs 1,000,000. Many are under way at a time, so that
the looks, calls and drops of one meet those of others. After each such lot, with its random answers, purges, expiries,
evictions and bad words, what can be found is held against what is stored.
"""

import asyncio
import json
import logging
import os
import random
import time
from collections import Counter
from collections.abc import Hashable, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from house import SECRET, whole
from kitchen import ON, Kitchen, kitchen
from pantler.config.keys import digest
from pantler.config.values import Cache, Key, Model, Prices, Route, Tenant
from pantler.core.asks import Ask
from pantler.core.types import Query, Rating
from pantler.embedders.hashing import Hashing
from pantler.gateway.desk import sender
from pantler.gateway.readings import Arrival, Reading
from pantler.gateway.wires.chat import Chat
from pantler.live.errands import Hit
from pantler.matchers.verified import NOTHING, Verified
from pantler.matching.values import Finding, Near
from pantler.matching.wording import Wording, read

OPERATIONS = int(os.environ.get("PANTLER_PARTITION_OPERATIONS", "10000"))
AT_ONCE = 250  # operations that are under way together: a thread is waited for once for all of them
log = logging.getLogger(__name__)
ANSWER: ContextVar[bytes] = ContextVar("ANSWER")  # what the model says to whoever began the call
AUDITED = 0.1
NAMES = ("blue", "blu", 'blue"', "Blue")
TENANTS = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{number}")),)) for number, name in enumerate(NAMES))
ROUTES = ("near", "users", "other")
PROMPTS = ("", "Be brief.", "Be brief", "Be long.")
SAMPLING: tuple[dict[str, Any], ...] = ({}, {"top_p": 0.5}, {"max_tokens": 9}, {"response_format": {"type": "text"}})
WORDS = ["bread", "rice", "plums", "beans", "trout"]
ASKED = ["How do I cook {}?", "How can I cook {}?", "What is the best way to cook {}?", "How do I cook {} well?"]


class Everything(Verified):
    """Serves whatever is found, but for some that is asked for and whose own answer makes an alias of it."""

    def match(self, asked: Wording, near: Sequence[Near], *, most: Any = None) -> Finding:
        if not near:
            return NOTHING
        is_audited = self._chance.random() < AUDITED
        return Finding(near[0].key, 0.0, not is_audited, "semantic", is_audited, would=True, share=AUDITED, row=True)

    def learn(self, finding: Finding, right: bool, fresh: Hashable | None = None) -> None:
        """Whatever was right, all is served."""


class Reader(Hashing):
    """A second encoder to whom the few texts are known."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    @cache  # noqa: B019 it lives as long as the test
    def _vector(self, text: str) -> NDArray[np.float32]:
        return super().embed([text])[0]


async def marked(ask: Ask) -> bytes:
    return ANSWER.get()


class Operations:
    """Looks, answers, purges, expiries and bad words, each answer marked with all that must be equal."""

    def __init__(self, kept: Kitchen) -> None:
        self.kept, self.house = kept, kept.house
        self.house.led.whole = marked
        self.chance = random.Random(7)
        self.tiers: Counter[str] = Counter()
        desk = self.house.serving.setup.desk
        self._reading = cache(self._read)  # bodies come again, and are read alike
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
            ANSWER.set(whole(mark))
            passage = loop.answer(errand, found)
            entry, tier = (await passage.answer()).entry, "miss"
            passage.leave()
        said = json.loads(entry.body)["choices"][0]["message"]["content"]
        assert said == mark, (number, tier)
        self.tiers[tier] += 1
        self._disturb(errand)

    def _disturb(self, errand: Any) -> None:
        chance, loop, key = self.chance, self.house.serving.loop, errand.query.key
        if chance.random() < 0.002:
            loop.forget(self.house.keeping.store.named("tenant", chance.choice(NAMES)))
        if chance.random() < 0.05:
            loop.forget([key])
        if chance.random() < 0.02:
            loop.rate(
                Rating(Query(key, route=errand.route.name), "m", float(chance.random() < 0.5)), is_this=lambda _: True
            )

    async def _consistent(self) -> None:
        """What can be found is what is stored, no more and no less."""
        await self.kept.semantic.settled()
        members = [(matching, dict(matching.members.items())) for matching in self.kept.matchings]
        found = {key for _, of_circle in members for key in of_circle}
        assert found == set(self.house.keeping.engine.cache.residents)
        assert found == set(self.kept.semantic._where)
        assert found.issuperset(self.kept.semantic._aliases._aliases)
        assert found.issuperset(self.kept.semantic._denied._aliases)
        for matching, of_circle in members:
            assert set(matching._seconds) == (of_circle.keys() if matching.terms.is_seconded else set())
            by_scope: dict[int, set[int]] = {}
            for key, member in of_circle.items():
                by_scope.setdefault(member.scope, set()).add(key)
            assert {scope: set(index._slots) for scope, index in matching.members._scopes.items()} == by_scope

    def _errand(self) -> tuple[Any, str]:
        chance = self.chance
        who, route = chance.randrange(len(NAMES)), chance.choice(ROUTES)
        user = chance.choice(["ann", "bob"]) if route == "users" else ""
        prompt, sampling = chance.choice(PROMPTS), chance.choice(SAMPLING)
        question = chance.choice(ASKED).format(chance.choice(WORDS))
        messages = [{"role": "system", "content": prompt}] * bool(prompt) + [{"role": "user", "content": question}]
        body = json.dumps({"model": route, "user": user, "messages": messages, **sampling})
        mark = f"{NAMES[who]}|{route}|{user}|{prompt}|{json.dumps(sampling)}|"
        arrival = Arrival("dec", time.monotonic(), self.house.clock())
        return self.house.serving.setup.desk.errand(self._reading(who, body.encode()), arrival), mark

    def _read(self, who: int, body: bytes) -> Reading:
        return self.house.serving.setup.desk.reading(Chat(), body, sender(self._holders[who], {}))


@pytest.mark.promise("C6")
def test_nothing_of_another_tenant_route_user_prompt_or_sampling_is_ever_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pantler.live.circles.Verified", Everything)
    monkeypatch.setattr("pantler.live.circles.read", cache(read))  # of which there are twenty
    second = Reader(dimensions=512)
    monkeypatch.setattr("pantler.gateway.likenesses.second_of", lambda near: second if near.second_embedder else None)
    routes = (
        Route("users", ("m",), partition_by_user=True, semantic=ON),
        Route("other", ("m",), semantic=replace(ON, second_embedder="minilm"), ttl_seconds=2000.0),
    )

    async def test() -> None:
        tables = {"tenants": TENANTS, "cache": Cache(capacity="700KB"), "models": (Model("m", price=Prices("1", "2")),)}
        async with kitchen(tmp_path, ttl_seconds=1000.0, others=routes, tables=tables) as kept:
            operations = Operations(kept)
            await operations.all()
            log.warning("%d operations, none led to another's: %s", OPERATIONS, dict(operations.tiers))
            assert operations.tiers["semantic"] > OPERATIONS / 3
            assert operations.tiers["alias"] > OPERATIONS / 2000, "whose own answer has left, and not its neighbour's"
            assert min(operations.tiers["miss"], operations.tiers["hit"]) > OPERATIONS / 100

    asyncio.run(test())
