"""The online cache as the theory has it: it learns only the cost that it paid.

    arrival t of q:  n(q) += 1, touched(q) = t, on hits too
    hit:             costs nothing, teaches nothing
    miss:            m is the strategy's model, or argmin_m low_m(q), the cascade where both are equal;
                     C_m(q) is paid and is all that is seen:  k_m(q) += 1, mean_m(q) is updated
    admission:       H(q) = n(q) v(q), with v after the update. While there is room q enters. Else the victim is
                     the resident of the smallest (H, touched); it leaves if H(victim) < H(q), else q is refused
    v(q)   =  1 (LFU), low_m(q) (one model), min_m low_m(q) (selector)
    low_m(q) = max(B1, mean_m(q) - width / sqrt(k_m(q))),  B1 where k_m(q) = 0
    width  =  (B2 - B1) sqrt(log(6 T |Q| / delta) / 2)

The constants of the width are as remembered, unchecked against the paper's PDF.
"""

from math import log, sqrt
from typing import NamedTuple

import numpy as np

from pantler.simulator.reproduce.compiled import Rules, compiled
from pantler.simulator.reproduce.workload import Flags, Floats, Ids, Workload

LARGE, CASCADE, CHOICE = 0, 1, 2


class State(NamedTuple):
    """What the cache remembers of each query; `sums` and `seen` have one column for large and one for cascade."""

    counts: Floats
    sums: Floats
    seen: Floats
    priorities: Floats
    touched: Ids
    resident: Flags


def confidence_width(span: float, *, rounds: int, queries: int, delta: float) -> float:
    """Return the bound's width for costs that span B2 - B1, constants unchecked against the paper's PDF."""
    return span * sqrt(log(6.0 * rounds * queries / delta) / 2.0)


@compiled
def cost_with_bandit_feedback(work: Workload, rules: Rules) -> float:
    """Replay a workload, returning the sum of the costs paid on misses."""
    state = empty(work.queries)
    held, paid = 0, 0.0
    for t in range(len(work.ids)):
        q = work.ids[t]
        state.counts[q] += 1.0
        state.touched[q] = t
        if not state.resident[q]:
            model = chosen(state, rules, q)
            cost = work.large[t] if model == LARGE else work.cascade[t]
            paid += cost
            state.sums[q, model] += cost
            state.seen[q, model] += 1.0
        state.priorities[q] = priority(state, rules, q)
        if not state.resident[q]:
            held += admitted(state, q, held < rules.capacity)
    return paid


@compiled
def empty(queries: int) -> State:
    """Return the state before the first request."""
    return State(
        np.zeros(queries),
        np.zeros((queries, 2)),
        np.zeros((queries, 2)),
        np.zeros(queries),
        np.zeros(queries, np.int64),
        np.zeros(queries, np.bool_),
    )


@compiled
def chosen(state: State, rules: Rules, q: int) -> int:
    """Return the model that answers a miss."""
    if rules.selector != CHOICE:
        return rules.selector
    return LARGE if low(state, rules, q, LARGE) < low(state, rules, q, CASCADE) else CASCADE


@compiled
def low(state: State, rules: Rules, q: int, model: int) -> float:
    """Return the lower confidence bound of a model's cost on a query."""
    seen = float(state.seen[q, model])
    if seen == 0.0:
        return rules.floor
    return max(rules.floor, float(state.sums[q, model]) / seen - rules.width / sqrt(seen))


@compiled
def priority(state: State, rules: Rules, q: int) -> float:
    """Return the count of a query, times the lower bound of what missing it costs if the ranking weighs cost."""
    if not rules.weighs_cost:
        return float(state.counts[q])
    if rules.selector != CHOICE:
        return float(state.counts[q] * low(state, rules, q, rules.selector))
    return float(state.counts[q] * min(low(state, rules, q, LARGE), low(state, rules, q, CASCADE)))


@compiled
def admitted(state: State, q: int, has_room: bool) -> int:
    """Let a newcomer in if there is room or a victim ranks strictly lower, returning the growth in residents."""
    if has_room:
        state.resident[q] = True
        return 1
    victim = least(state)
    if state.priorities[victim] < state.priorities[q]:
        state.resident[victim] = False
        state.resident[q] = True
    return 0


@compiled
def least(state: State) -> int:
    """Return the resident of the smallest priority, the longest untouched among equals."""
    victim = -1
    for q in range(len(state.resident)):
        if state.resident[q] and (victim < 0 or ranks_below(state, q, victim)):
            victim = q
    return victim


@compiled
def ranks_below(state: State, q: int, other: int) -> bool:
    """Say whether a query would be evicted before another."""
    if state.priorities[q] == state.priorities[other]:
        return bool(state.touched[q] < state.touched[other])
    return bool(state.priorities[q] < state.priorities[other])
