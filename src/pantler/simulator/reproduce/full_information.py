"""The online cache of the artifact, faults included.

Every arrival counts. A miss starts with the cascade and turns to the large model once that is known to be cheaper on
the mean. It is shown the large cost whenever the large model ran or the small answer failed, which in the synthetic
suite is always. A large answer's own cost is recorded twice. A newcomer enters while there is room, then replaces the
earliest slot of the lowest weight if it weighs strictly more.
"""

from typing import NamedTuple

import numpy as np

from pantler.simulator.reproduce.compiled import Rules, compiled
from pantler.simulator.reproduce.workload import Flags, Floats, Ids, Workload

LARGE, CASCADE, CHEAPER = 0, 1, 2


class State(NamedTuple):
    """What the cache remembers; means and observations have one column each for large, cascade and the cheaper."""

    counts: Floats
    means: Floats
    seen: Floats
    weights: Floats
    slots: Ids
    resident: Flags


@compiled
def cost_with_full_information(work: Workload, rules: Rules) -> float:
    """Replay a workload, returning the sum of the costs paid on misses."""
    state = empty(work.queries, rules.capacity)
    held, misses, paid = 0, 0, 0.0
    for t in range(len(work.ids)):
        q = work.ids[t]
        state.counts[q] += 1.0
        if not state.resident[q]:
            asks_large = chooses_large(state, rules, q, work.coins[q if work.coin_per_query else misses])
            misses += 1
            paid += work.large[t] if asks_large else work.cascade[t]
            learn(state, work, t, asks_large)
        state.weights[q] = weight(state, rules, q)
        if state.resident[q]:
            continue
        if held < rules.capacity:
            enter(state, q, held)
            held += 1
            continue
        slot = lightest(state)
        if state.weights[q] > state.weights[state.slots[slot]]:
            state.resident[state.slots[slot]] = False
            enter(state, q, slot)
    return paid


@compiled
def empty(queries: int, capacity: int) -> State:
    """Return the state before the first request."""
    return State(
        np.zeros(queries),
        np.zeros((queries, 3)),
        np.zeros((queries, 3)),
        np.zeros(queries),
        np.zeros(capacity, np.int64),
        np.zeros(queries, np.bool_),
    )


@compiled
def chooses_large(state: State, rules: Rules, q: int, coin: float) -> bool:
    """Say whether a miss is answered by the large model at once."""
    if rules.selector != CHEAPER:
        return rules.selector == LARGE
    prefers_large = state.seen[q, LARGE] > 0.0 and state.means[q, CASCADE] > state.means[q, LARGE]
    return bool(prefers_large == (coin < rules.accuracy))


@compiled
def learn(state: State, work: Workload, t: int, asks_large: bool) -> None:
    """Record the costs that the artifact shows after a miss."""
    q, large, cascade = work.ids[t], work.large[t], work.cascade[t]
    if asks_large:
        record(state, q, LARGE, large)
    else:
        record(state, q, CASCADE, cascade)
        record(state, q, CHEAPER, min(cascade, large))
    if asks_large or work.failed[t]:
        record(state, q, LARGE, large)


@compiled
def record(state: State, q: int, column: int, cost: float) -> None:
    """Add one cost to a running mean."""
    seen = state.seen[q, column]
    state.means[q, column] = (state.means[q, column] * seen + cost) / (seen + 1.0)
    state.seen[q, column] = seen + 1.0


@compiled
def weight(state: State, rules: Rules, q: int) -> float:
    """Return the count of a query, times what missing it is expected to cost if the ranking weighs cost."""
    if not rules.weighs_cost:
        return float(state.counts[q])
    if rules.selector == CHEAPER and not rules.realised_minimum:
        return float(state.counts[q] * min(state.means[q, CASCADE], state.means[q, LARGE]))
    return float(state.counts[q] * state.means[q, rules.selector])


@compiled
def lightest(state: State) -> int:
    """Return the earliest slot of the lowest weight."""
    found = 0
    for slot in range(1, len(state.slots)):
        if state.weights[state.slots[slot]] < state.weights[state.slots[found]]:
            found = slot
    return found


@compiled
def enter(state: State, q: int, slot: int) -> None:
    """Put a query into a slot."""
    state.slots[slot] = q
    state.resident[q] = True
