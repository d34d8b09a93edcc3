"""S1: no tenant receives or detects what is kept for another.

Four ways to look: random operations of many tenants, a model of the key function over every small name, the work that a
question of one tenant's makes beside another's answer, and how long it takes.
PANTLER_PARTITION_OPERATIONS and PANTLER_PARTITION_SAMPLES say how many; a release runs 1,000,000 and 10,000.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from house import SECRET, Client, House, house, whole
from pantler.config.keys import digest
from pantler.config.values import Cache, Config, Key, Model, Route, Tenant
from pantler.core.types import Miss
from pantler.gateway.desk import sender
from pantler.gateway.query_key import Partition
from pantler.gateway.readings import Arrival
from pantler.gateway.setup import set_up
from pantler.gateway.wires.chat import Chat
from pantler.gateway.wires.completions import Completions
from pantler.gateway.wires.embeddings import Embeddings
from pantler.live.errands import Hit
from ranks import p_of_ranks

OPERATIONS = int(os.environ.get("PANTLER_PARTITION_OPERATIONS", "50000"))
SAMPLES = int(os.environ.get("PANTLER_PARTITION_SAMPLES", "1000"))
NAMES = ("blue", "blu", "e", 'blue"', "blue,", "Blue", "blue\n", "bl\u00fce")
ROUTES = ("m", "apart", "users")
QUESTIONS = 20


def tenants(*names: str) -> tuple[Tenant, ...]:
    return tuple(Tenant(name, (Key(digest(SECRET, f"sk-{number}")),)) for number, name in enumerate(names))


def as_tenant(number: int) -> dict[str, str]:
    return {"authorization": f"Bearer sk-{number}"}


async def unheard(*_: Any) -> dict[str, Any]:
    raise AssertionError("nothing is received or sent here")


class Operations:
    """Looks, answers, purges and expiries of many tenants, each answer marked with whose it is."""

    def __init__(self, folder: Path) -> None:
        routes = (Route("apart", ("m",), ttl_seconds=50.0), Route("users", ("m",), partition_by_user=True, variants=2))
        self.house = house(folder, tenants=tenants(*NAMES), routes=routes, cache=Cache(capacity="1MB"))
        self.chance = random.Random(7)
        self.tiers: Counter[str] = Counter()
        self._holders = [self._holder(number) for number in range(len(NAMES))]

    async def one(self, number: int) -> None:
        chance, loop = self.chance, self.house.serving.loop
        self.house.clock.now += chance.random()
        who, route = chance.randrange(len(NAMES)), chance.choice(ROUTES)
        user = chance.choice(["ann", "bob"]) if route == "users" else ""
        errand = self._errand(who, route, user, chance.randrange(QUESTIONS))
        mark = f"{NAMES[who]}|{route}|{user}|"
        found = loop.look(errand)
        if isinstance(found, Hit):
            body = found.entry.body
        else:
            self.house.led.answer = whole(f"{mark}{number}")
            passage = loop.answer(errand, found)
            body = (await passage.answer()).entry.body
            passage.leave()
        said = json.loads(body)["choices"][0]["message"]["content"]
        assert said.startswith(mark), (number, mark, said)
        self.tiers["miss" if isinstance(found, Miss) else found.tier] += 1
        if chance.random() < 0.002:
            loop.forget(self.house.keeping.store.named("tenant", chance.choice(NAMES)))

    def _holder(self, number: int) -> Any:
        return self.house.serving.setup.desk.holder({b"authorization": f"Bearer sk-{number}".encode()})

    def _errand(self, who: int, route: str, user: str, question: int) -> Any:
        fields = {"model": route, "user": user, "messages": [{"role": "user", "content": f"{question}?"}]}
        desk = self.house.serving.setup.desk
        reading = desk.reading(Chat(), json.dumps(fields).encode(), sender(self._holders[who], {}))
        return desk.errand(reading, Arrival("dec", time.monotonic(), self.house.clock()))


@pytest.mark.promise("S1")
def test_no_tenant_ever_receives_what_was_kept_for_another(tmp_path: Path) -> None:
    async def test() -> None:
        operations = Operations(tmp_path)
        for number in range(OPERATIONS):
            await operations.one(number)
        assert operations.tiers["hit"] > OPERATIONS / 3
        assert operations.tiers["miss"] > OPERATIONS / 100

    asyncio.run(test())


@pytest.mark.promise("S1")
def test_of_all_small_names_no_two_partitions_have_a_key_in_common() -> None:
    """Every tenant, route, operation and list of revisions over an alphabet of what sets names apart."""
    alphabet = ("", "a", '"', ",", 'a","', "a b")
    revisions = [(), *((one,) for one in alphabet), *product(("", "a", "a b"), repeat=2)]
    materials = (b"", b"{}", b'"', b'["a"]', b"{}\n")
    keys: dict[int, object] = {}
    for names in product(alphabet, alphabet, ("", "chat", "a")):
        for revision in revisions:
            partition = Partition(SECRET, *names, *revision)
            for material, variant in product(materials, (0, 1)):
                key = partition.key(material, variant)
                meant = (names, revision, material, variant)
                assert keys.setdefault(key, meant) is meant, (keys[key], meant)
    assert len(keys) == 6 * 6 * 3 * 16 * 10


def two(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(texts, min_size=2, max_size=2, unique=True)


texts = st.text(max_size=12)
named = texts.filter(bool)
# Two of each, in every combination, so that some differ in one of the three alone.
worlds = st.tuples(two(named), two(named), two(texts)).map(lambda each: [*product(*each)])


@pytest.mark.promise("S1")
@given(worlds)
def test_no_two_tenants_routes_or_revisions_share_a_key(found: list[tuple[str, str, str]]) -> None:
    """Through the whole of reading a request: tenant, route and revision as a configuration names them."""
    keys: dict[int, tuple[str, str, str]] = {}
    for tenant, route, revision in found:
        config = Config(
            models=(Model("m\x00", price="free", revision=revision),),
            routes=(Route(route, ("m\x00",)),),
            tenants=tenants(tenant),
        )
        desk = set_up(config, {}, SECRET).desk
        body = json.dumps({"model": route, "messages": [{"role": "user", "content": "?"}]}).encode()
        holder = desk.holder({b"authorization": b"Bearer sk-0"})
        key = desk.reading(Chat(), body, sender(holder, {})).key
        assert keys.setdefault(key, (tenant, route, revision)) == (tenant, route, revision)
    assert len(keys) == len(found)


@pytest.mark.promise("S1")
def test_two_operations_share_no_key_though_their_bodies_are_the_same() -> None:
    fields = {"model": "r", "prompt": "?", "input": "?", "messages": [{"role": "user", "content": "?"}]}
    route = Route("r", ("m",), key_fields=("prompt", "input", "messages"))
    desk = set_up(Config(models=(Model("m", price="free"),), routes=(route,)), {}, SECRET).desk
    body, anybody = json.dumps(fields).encode(), sender(desk.holder({}), {})
    found = [desk.reading(wire, body, anybody) for wire in (Chat(), Completions(), Embeddings())]
    assert [each.bypass for each in found] == [""] * 3
    assert len({each.key for each in found}) == 3


class Spying:
    """One tenant asks, by only-if-cached, what another has had answered or has not; neither can it be told."""

    def __init__(self, folder: Path, samples: int) -> None:
        self.house: House = house(folder, tenants=tenants("spy", "owner"), cache=Cache(capacity="64MB"))
        self._kept = [number % 2 == 0 for number in range(samples)]
        random.Random(11).shuffle(self._kept)

    async def fill(self) -> None:
        for number, is_kept in enumerate(self._kept):
            if is_kept:
                await self.house.ask(f"secret {number}", headers=as_tenant(1)).reply()

    async def spy(self, measure: Callable[[Client], Any]) -> tuple[list[Any], list[Any]]:
        """What was measured of each question beside an answer of the owner's, and without one."""
        beside: tuple[list[Any], list[Any]] = ([], [])
        headers = as_tenant(0) | {"cache-control": "only-if-cached"}
        for number, is_kept in enumerate(self._kept):
            measured = await measure(self.house.ask(f"secret {number}", headers=headers))
            beside[not is_kept].append(measured)
        return beside


@pytest.mark.promise("S1")
def test_another_tenants_answer_changes_no_step_of_the_work(tmp_path: Path) -> None:
    """Exact, so that it can be relied on: the same functions are called and left in the same order."""

    async def measure(client: Client) -> tuple[tuple[str, ...], int, str]:
        steps: list[str] = []

        def step(frame: FrameType, event: str, _: Any) -> None:
            if "/pantler/" in frame.f_code.co_filename:
                steps.append(f"{event} {frame.f_code.co_qualname}")

        sys.setprofile(step)
        try:
            reply = await client.reply()
        finally:
            sys.setprofile(None)
        error = reply.json["error"]["code"]
        return tuple(steps), reply.status, error

    async def test() -> None:
        spying = Spying(tmp_path, 200)
        await spying.fill()
        kept, absent = await spying.spy(measure)
        (steps, times), (others, other_times) = (Counter(each).most_common(1)[0] for each in (kept, absent))
        assert steps == others
        assert min(times, other_times) >= 0.9 * len(kept), "chance is drawn now and then"
        assert steps[1:] == (504, "not_cached")

    asyncio.run(test())


def test_the_test_of_times_would_notice_a_microsecond() -> None:
    chance = np.random.default_rng(3)
    is_one = np.arange(2000) < 1000
    times = chance.lognormal(0.0, 0.2, 2000)
    assert p_of_ranks(times, is_one) > 0.01
    assert p_of_ranks(times * np.where(is_one, 1.0, 1.05), is_one) < 0.01


@pytest.mark.promise("S1")
def test_how_long_a_question_takes_does_not_tell_whether_another_tenant_has_its_answer(tmp_path: Path) -> None:
    """p > 0.01 in one of three draws: equal times fail all of them once in a million runs, a leak fails each."""

    async def measure(client: Client) -> float:
        begun = time.perf_counter_ns()
        await client.task
        return float(time.perf_counter_ns() - begun)

    async def test(folder: Path) -> float:
        spying = Spying(folder, 2 * SAMPLES)
        await spying.fill()
        kept, absent = await spying.spy(measure)
        return p_of_ranks(np.array(kept + absent), np.arange(len(kept + absent)) < len(kept))

    values = []
    for draw in range(3):
        values.append(asyncio.run(test(tmp_path / str(draw))))
        if values[-1] > 0.01:
            return
    raise AssertionError(f"p = {values}")
