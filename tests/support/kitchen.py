"""A gateway that looks for near questions, over a model that answers alike whatever the wording."""

import dataclasses
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from house import SECRET, House, house, whole
from pantler.config.keys import digest
from pantler.config.values import Key, Route, Semantic, Tenant
from pantler.gateway.likenesses import embedder_of
from pantler.gateway.setup import set_up
from pantler.live.circles import Matching

CITIES = ["Paris", "Oslo", "Lima", "Cairo", "Hanoi", "Quito", "Dublin", "Prague", "Nairobi", "Lisbon", "Riga", "Bern"]
FOODS = ["rice", "salmon", "spinach", "bread", "lentils", "mushrooms", "cheese", "plums", "beans", "trout"]
ASKED = "What is the best way to cook {} in {}?"
AGAIN = "What's the best method to cook {} in {}?"
TENANTS = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{name}")),)) for name in ("ann", "bob", "cid", "dot"))
ON = Semantic(max_wrong_per_request=0.05, max_wrong_per_hit=1.0, embedder="hashing", deadline_seconds=60.0)


class Kitchen:
    """A gateway whose model answers questions of one food and one city alike, however they are worded."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        tables, opened = settings.pop("tables", {}), settings.pop("opened", False)
        others = settings.pop("others", (Route("plain", ("m",)),))
        routes = (Route("near", ("m",), **{"semantic": ON, **settings}), *others)
        self.house: House = house(folder, opened=opened, routes=routes, **tables)
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

    def entry(self, question: str) -> int:
        """The key under which its answer is kept."""
        found = [item for matching in self.matchings for item in matching.members.items()]
        return next(key for key, member in found if member.text == question)

    def count_embeddings(self) -> list[str]:
        """The texts that are embedded from now on."""
        texts: list[str] = []
        (likeness,) = self.semantic._likenesses.values()
        kind = type(likeness.embedder)

        def embed(given: list[str]) -> Any:
            texts.extend(given)
            return kind.embed(likeness.embedder, given)

        likeness.embedder.embed = embed
        return texts

    def be_patient(self) -> None:
        """From now on no look is too late, however busy the machine."""
        ((route, likeness),) = self.semantic._likenesses.items()
        self.semantic._likenesses[route] = dataclasses.replace(likeness, deadline_seconds=ON.deadline_seconds)

    def reload(self, semantic: Semantic | None) -> None:
        """Another promise, or none."""
        config = self.house.serving.setup.config
        routes = (replace(config.routes[0], semantic=semantic), *config.routes[1:])
        self.house.serving.use(set_up(replace(config, routes=routes), self.house.serving.setup.upstreams, SECRET))

    def certify(self) -> None:
        """As if the shadow had been long enough."""
        for matching in self.matchings:
            matching.matcher.promise.certified = True
            matching.matcher.promise.requests = 800
            matching.matcher.cutoff.level = 0.99
            matching.matcher.cutoff.inflation = 1.0
            matching.matcher.promise.audited_share = lambda worst, *, sure: 0.0  # type: ignore[method-assign]

    @property
    def matchings(self) -> list[Matching]:
        return list(self.semantic._matchings.by_circle.values())

    @property
    def last(self) -> Any:
        return self.house.rows[-1]


@asynccontextmanager
async def kitchen(folder: Path, **settings: Any) -> AsyncGenerator[Kitchen, None]:
    made = Kitchen(folder, **settings)
    if made.semantic is not None:
        made.semantic._matchings._chance = Random(7)  # so that one run tells the same as another
        await made.semantic.settled()  # the embedder has loaded
    try:
        yield made
    finally:
        embedder_of.cache_clear()  # whose methods the test may have replaced
    if made.semantic is not None:
        await made.semantic.settled()
        await (made.house.close() if settings.get("opened") else made.house.serving.let_go())


def as_tenant(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer sk-{name}"}


def shared(folder: Path, **settings: Any) -> Any:
    """A kitchen whose tenants share what is stored."""
    return kitchen(folder, shared_between_tenants=True, tables={"tenants": TENANTS}, **settings)


async def ask(kept: Kitchen, name: str, question: str, **fields: Any) -> Any:
    return await kept.ask(question, headers=as_tenant(name) | fields.pop("headers", {}), **fields)


async def agreed(kept: Kitchen) -> tuple[Any, str, str]:
    """What ann was told, her question, and bob's, whose call brought the same: others may be served it."""
    first, again = kept.pair()
    told = await ask(kept, "ann", first)
    kept.certify()
    await ask(kept, "bob", again)
    return told, first, again


def counted_hits(kept: Kitchen) -> tuple[int, int]:
    """Of the report, and of the promise."""
    (matching,) = kept.matchings
    return matching.served, matching.matcher.promise.hits
