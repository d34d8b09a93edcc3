"""What a policy has paid beyond the best fixed set, request by request."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pantler import build
from pantler.core.cache import Cache
from pantler.core.capacity import parse_share
from pantler.core.engine import Engine
from pantler.core.errors import MissingExtra
from pantler.simulator.bounds.knapsack import by_density
from pantler.simulator.replay import Asked, replayed
from pantler.simulator.simulation import costed_trace
from pantler.traces.trace import Trace


def regret(trace: Trace, policy: str, capacity_bytes: int) -> NDArray[np.float64]:
    """float64 (n,): cumulated cost paid above the static offline optimum, which pays each key's first request."""
    engine = Engine(Cache(build.policy(policy, hashed=int), capacity_bytes), Asked(trace.cost_names[0]))
    _, paid = replayed(trace, engine)
    costs = trace.costs[:, 0]
    first = np.zeros(len(trace), np.bool_)
    first[np.unique(trace.ids, return_index=True)[1]] = True
    again = np.bincount(trace.ids, np.where(first, 0.0, costs), trace.distinct).astype(np.float64)
    order = by_density(again, trace.key_sizes.astype(np.float64))
    kept = np.zeros(trace.distinct, np.bool_)
    kept[order[np.cumsum(trace.key_sizes[order]) <= capacity_bytes]] = True
    return np.cumsum(paid - np.where(first | ~kept[trace.ids], costs, 0.0))


def draw_regret(trace: Trace, policies: Sequence[str], capacity: str, *, costs: str | None, path: Path) -> None:
    """Draw the regret of each policy at one capacity into a file."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a plot", "simulator") from error
    costed = costed_trace(trace, costs)
    size = parse_share(capacity, footprint=costed.footprint)
    drawn = Figure(figsize=(8, 4.6), layout="constrained")
    axes = drawn.add_subplot()
    shown = np.linspace(0, len(costed) - 1, min(1000, len(costed))).astype(np.int64)
    for policy in policies:
        axes.plot(shown + 1, regret(costed, policy, size)[shown], label=policy)
    axes.set(
        xlabel="requests", ylabel=f"regret, {costed.cost_unit}", title=f"Regret against the static optimum, {capacity}"
    )
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    drawn.savefig(path, dpi=150)
