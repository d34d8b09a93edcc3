"""The live loop and the replay are two drivers of one engine: the same trace, the same outcomes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from pantler.build import names, policy
from pantler.config.values import Route
from pantler.core.asks import Ask, Entry
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.types import Call, Miss, Outcome, Query
from pantler.gateway.cache_control import SILENT
from pantler.live.errands import Errand, Hit, Landing
from pantler.live.flight import Flight
from pantler.live.loop import Loop
from pantler.simulator.replay import Asked, replayed
from pantler.stores.memory import Memory
from pantler.traces.trace import Trace, trace_of

ROUTE = Route("", ("m",))
OVERHEAD = Entry(b"", "m", "t", "", 0.0).size_bytes
REQUESTS = 3000


def random_trace(seed: int) -> Trace:
    """Keys over all 64 bits, each with a size and a cost of its own."""
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 2**64, 200, dtype=np.uint64)
    which = rng.zipf(1.2, REQUESTS) % 200
    sizes, costs = rng.integers(OVERHEAD + 1, OVERHEAD + 4000, 200), rng.integers(1, 9, 200) / 2
    return trace_of(keys[which], sizes=sizes[which], costs=costs[which])


class Recorded:
    """Calls that bring what a trace says of its requests."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.place = 0
        self.paid: list[float] = []

    def prepare(self, errand: Errand, call: Call) -> Callable[[Flight[Landing]], Awaitable[tuple[Landing, Outcome]]]:
        cost = float(self.trace.costs[self.place, 0])
        self.paid.append(cost)

        async def make(_: Flight[Landing]) -> tuple[Landing, Outcome]:
            body = bytes(errand.query.size_bytes - OVERHEAD)
            entry = Entry(body, "m", "t", "", errand.time)
            return Landing(entry, None), Outcome(errand.query, call.plan.models[0], cost)

        return make

    def foresee(self, errand: Errand) -> None:
        return None

    def fails(self, errand: Errand) -> None:
        return None


async def lived(trace: Trace, engine: Engine) -> tuple[list[bool], float]:
    """Which requests a stored answer served, with what was paid in all."""
    store, calls, hits = Memory(), Recorded(trace), []
    loop = Loop(engine, store, calls, lambda: 0.0)
    assert trace.keys is not None
    for place, (key, size) in enumerate(zip(trace.keys.tolist(), trace.sizes.tolist(), strict=True)):
        calls.place = place
        errand = errand_of(Query(key, size))
        found = loop.look(errand)
        hits.append(isinstance(found, Hit))
        if isinstance(found, Miss):
            passage = loop.answer(errand, found)
            await passage.answer()
            passage.leave()
    assert sorted(store.named("tenant", "t")) == sorted(engine.cache)  # type: ignore[type-var]
    assert loop.lost == 0
    return hits, sum(calls.paid)


def errand_of(query: Query) -> Errand:
    shape: Any = None  # nothing is streamed
    return Errand(
        decision="", tenant="t", route=ROUTE, query=query, ask=Ask("chat", "m", {}), shape=shape,
        flaw=lambda _: None, streamed=False, with_usage=False, began=0.0, time=0.0, most_in=1, most_out=1, choices=1,
        wishes=SILENT,
    )  # fmt: skip


@pytest.mark.parametrize("name", names("policies"))
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_both_drivers_serve_and_pay_alike(name: str, share: float) -> None:
    trace = random_trace(11)
    capacity = int(trace.footprint * share)
    engines = [Engine(Cache(policy(name, hashed=int), capacity), Asked(trace.cost_names[0])) for _ in range(2)]
    is_hit, paid = replayed(trace, engines[0])
    hits, spent = asyncio.run(lived(trace, engines[1]))
    assert hits == is_hit.tolist()
    assert 0 < sum(hits) < REQUESTS
    assert spent == pytest.approx(float(paid.sum()))
    assert list(engines[0].cache) == list(engines[1].cache)
