"""Every policy against a twin too slow and too plain to be wrong in the same way: it sorts everything at each eviction.

A hundred thousand operations per seed. The twins share nothing with the lanes but the priority functions, the mixing of
keys into sketch rows, and what the papers say. `auto` decides by shadows and has no twin.
"""

from collections.abc import Callable
from math import exp2, log2
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pantler.build import configured, names, policy
from pantler.core.cache import Cache
from pantler.core.item import Item
from pantler.core.sketch import folded, halves
from pantler.simulator.kernels.requests import requests_of
from pantler.simulator.sweep import lane
from pantler.traces.trace import Trace, trace_of

OPERATIONS = 100_000
QUEUES = ("s3_fifo", "sieve", "w_tiny_lfu")
SCORES = sorted(set(names("policies")) - {"auto", *QUEUES})


class Counters:
    """What a sketch has counted: rows of counters by place, as its docstring has it."""

    def __init__(self, rows: int, ceiling: int, *, ages: bool) -> None:
        self.rows, self.ceiling, self.ages, self.width, self.added = rows, ceiling, ages, 64, 0
        self.table = [[0] * 64 for _ in range(rows)]

    def places(self, key: int) -> list[int]:
        low, high = halves(folded(key))
        if self.rows == 2:
            return [low % self.width, (low + high) % self.width]
        blocks = [low, low, low + high, low + high]
        return [blocks[row] % self.width // 32 * 32 + (high >> 11 + 5 * row) % 32 for row in range(4)]

    def read(self, key: int) -> int:
        return min(row[place] for row, place in zip(self.table, self.places(key), strict=True))

    def write(self, key: int, count: float) -> None:
        for row, place in zip(self.table, self.places(key), strict=True):
            row[place] = max(row[place], min(int(count), self.ceiling))

    def add(self, key: int) -> int:
        count = min(self.read(key) + 1, self.ceiling)
        self.write(key, count)
        self.added += 1
        if self.ages and self.added == self.width:
            self.table = [[count >> 1 for count in row] for row in self.table]
            self.added = 0
        return count

    def fit(self, residents: int) -> None:
        while self.width < 16 * residents:
            self.table, self.width = [2 * row for row in self.table], 2 * self.width


def score_twin(name: str, trace: Trace, capacity: int) -> list[bool]:
    """Theory 2.5: victims are the smallest prefix in (priority, last touch) order; a newcomer may have to beat each."""
    score, cache, hits = configured("policies", name), dict[int, Any](), list[bool]()
    sketch = {"counts": Counters(4, 2**32 - 1, ages=False), "nibbles": Counters(2, 15, ages=True)}.get(score.memory)
    clock = now = 0.0
    for number, (key, cost, size) in enumerate(requests(trace), 1):
        now += 1 / (score.half_life * max(1, len(cache))) if score.half_life else 0
        hits.append(key in cache)
        if key in cache:
            came = cache[key][1]
            cache[key][:2] = clock, now + log2(1 + exp2(came - now)) if score.half_life else came + 1
            cache[key][4] = number
            continue
        count = sketch.add(key) if sketch else 1
        room, going = capacity - sum(one[3] for one in cache.values()), list[int]()
        order = sorted((score.priority(*one), one[4], other) for other, one in cache.items()) if room < size else []
        while room < size <= capacity:
            room += cache[order[len(going)][2]][3]
            going.append(order[len(going)][2])
        newcomer = [clock, now + log2(count) if score.half_life else count, cost, size, number]
        loses = going and not score.admits_all and order[len(going) - 1][0] >= score.priority(*newcomer)
        if size > capacity or loses:
            continue
        for other in going:
            one = cache.pop(other)
            if sketch:
                sketch.write(other, exp2(one[1] - now) if score.half_life else one[1])
        clock = order[len(going) - 1][0] if going and score.ages else clock
        cache[key] = [clock, *newcomer[1:]]
        if sketch:
            sketch.fit(len(cache))
    return hits


def sieve_twin(trace: Trace, capacity: int) -> list[bool]:
    """Zhang et al., NSDI 2024, algorithm 1; the queue as a list, newest last, and the hand as the key it points at."""
    queue, sizes, visited, hits = list[int](), dict[int, int](), dict[int, bool](), list[bool]()
    hand: int | None = None
    for key, _, size in requests(trace):
        hits.append(key in sizes)
        if key in sizes:
            visited[key] = True
            continue
        while size <= capacity < size + sum(sizes.values()):
            at = queue.index(hand) if hand is not None else 0
            while visited[queue[at]]:
                visited[queue[at]] = False
                at = (at + 1) % len(queue)
            hand = queue[at + 1] if at + 1 < len(queue) else None
            del sizes[queue.pop(at)]
        if size <= capacity:
            queue.append(key)
            sizes[key], visited[key] = size, False
    return hits


def s3_fifo_twin(trace: Trace, capacity: int) -> list[bool]:
    """Yang et al., SOSP 2023, algorithm 1, where no eviction is for more room than is wanted; newest last."""
    small, main, ghosts = dict[int, int](), dict[int, int](), list[int]()
    marks, hits = dict[int, int](), list[bool]()
    for key, _, size in requests(trace):
        hits.append(key in small or key in main)
        if hits[-1]:
            marks[key] = min(3, marks[key] + 1)
            continue
        returns = size <= capacity and key in ghosts
        if returns:
            ghosts.remove(key)
        while size <= capacity < size + sum(small.values()) + sum(main.values()):
            queue = small if small and (10 * sum(small.values()) >= capacity or not main) else main
            oldest = next(iter(queue))
            held = queue.pop(oldest)
            if marks[oldest] > (queue is small):
                main[oldest], marks[oldest] = held, 0 if queue is small else marks[oldest] - 1
            elif queue is small:
                ghosts.append(oldest)
                del ghosts[: max(0, len(ghosts) - 9 * (len(small) + len(main)) // 10)]
        if size <= capacity:
            (main if returns else small)[key], marks[key] = size, 0
    return hits


def w_tiny_lfu_twin(trace: Trace, capacity: int) -> list[bool]:  # noqa: C901 - one page, to be read at once
    """Einziger et al. 2017: window of 1 %, main in segments of 20 and 80 %, a duel by counts between; newest last."""
    window, probation, protected = dict[int, int](), dict[int, int](), dict[int, int]()
    counts, hits = Counters(2, 15, ages=True), list[bool]()
    most = capacity // 100

    def stand(key: int) -> None:
        size, main, going = window.pop(key), {**probation, **protected}, list[int]()
        room = capacity - most - sum(main.values())
        for rival, held in main.items():
            if room >= size or counts.read(rival) >= counts.read(key):
                break
            room += held
            going.append(rival)
        if room >= size:
            for rival in going:
                (probation if rival in probation else protected).pop(rival)
            probation[key] = size

    for key, _, size in requests(trace):
        counts.add(key)
        hits.append(key in window or key in probation or key in protected)
        if key in window:
            window[key] = window.pop(key)
        elif hits[-1]:
            protected[key] = (probation if key in probation else protected).pop(key)
            while 5 * sum(protected.values()) > 4 * (capacity - most):
                oldest = next(iter(protected))
                probation[oldest] = protected.pop(oldest)
        elif size <= capacity:
            window[key] = size
            if size > most:
                stand(key)
            while sum(window.values()) > most:
                stand(next(iter(window)))
            counts.fit(len(window) + len(probation) + len(protected))
    return hits


TWINS: dict[str, Callable[[Trace, int], list[bool]]] = {
    "sieve": sieve_twin,
    "s3_fifo": s3_fifo_twin,
    "w_tiny_lfu": w_tiny_lfu_twin,
}


def requests(trace: Trace) -> Any:
    """Key, cost and size of each request."""
    return zip(trace.keys.tolist(), trace.costs[:, 0].tolist(), trace.sizes.tolist(), strict=True)  # type: ignore[union-attr]


def made(seed: int, length: int) -> Trace:
    """Keys over all 64 bits, some that come once, each with its size and cost, some equal, some too large."""
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 2**64, 400, dtype=np.uint64)
    which = rng.zipf(1.2, length) % 400
    asked = np.where(rng.random(length) < 0.1, rng.integers(0, 2**64, length, dtype=np.uint64), keys[which])
    sizes = 1 + (asked >> np.uint64(7)) % np.uint64(50)
    costs = (asked >> np.uint64(20)) % np.uint64(9) / 2
    return trace_of(asked, sizes=sizes, costs=costs)


def replayed(trace: Trace, name: str, capacity: int) -> list[bool]:
    """Hits of the engine's own cache, whose bytes are summed anew after every change."""
    cache, hits = Cache(policy(name, hashed=int), capacity), list[bool]()
    held = 0
    for key, cost, size in requests(trace):
        hits.append(cache.look(key) is not None)
        if not hits[-1]:
            cache.arrive(key)
            verdict = cache.put(Item(key, cost=cost, size=size))
            held += size * verdict.admitted - sum(item.size for item in verdict.evicted)
            assert cache.used == held <= capacity
    assert cache.used == sum(cache.peek(key).size for key in cache)  # type: ignore[union-attr]
    return hits


def swept(trace: Trace, name: str, capacity: int) -> NDArray[np.bool_]:
    return lane(name, capacity).serve(requests_of(trace, 0), trace.distinct)


@pytest.mark.parametrize("name", [*SCORES, *QUEUES])
@pytest.mark.parametrize(("seed", "capacity"), [(1, 600), (2, 49)])
def test_a_hundred_thousand_requests_hit_alike_in_replay_sweep_and_twin(name: str, seed: int, capacity: int) -> None:
    trace = made(seed, OPERATIONS)
    twin = TWINS[name](trace, capacity) if name in TWINS else score_twin(name, trace, capacity)
    told = np.array(twin)
    assert 0.05 < told.mean() < 0.95
    np.testing.assert_array_equal(swept(trace, name, capacity), told)
    np.testing.assert_array_equal(replayed(trace, name, capacity), told)
