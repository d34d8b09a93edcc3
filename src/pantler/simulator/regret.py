"""What a policy has paid beyond the best fixed set, request by request."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.simulator.bounds.knapsack import by_density
from pantler.simulator.figures import new_figure
from pantler.simulator.lanes import CompiledLane, EngineLane
from pantler.simulator.plots import checked_image
from pantler.simulator.study import Study, is_swept
from pantler.traces.trace import Trace

_POINTS = 1000


def regret(trace: Trace, policy: str, capacity_bytes: int) -> NDArray[np.float64]:
    """float64 (n,): cumulated cost paid above the static offline optimum, which pays each key's first request."""
    lane = CompiledLane(policy, capacity_bytes) if is_swept(policy) else EngineLane(policy, capacity_bytes)
    return _beyond(trace, lane.serve(trace, trace.sizes), best_fixed(trace, capacity_bytes))


def best_fixed(trace: Trace, capacity_bytes: int) -> NDArray[np.float64]:
    """float64 (n,): what each request costs the static offline optimum."""
    costs = trace.costs[:, 0]
    first = np.zeros(len(trace), np.bool_)
    first[np.unique(trace.ids, return_index=True)[1]] = True
    again = np.bincount(trace.ids, np.where(first, 0.0, costs), trace.distinct).astype(np.float64)
    sizes = trace.key_sizes
    order = by_density(again, sizes.astype(np.float64))
    kept = np.zeros(trace.distinct, np.bool_)
    kept[order[np.cumsum(sizes[order]) <= capacity_bytes]] = True
    return np.where(first | ~kept[trace.ids], costs, 0.0)


def draw_regret(trace: Trace, study: Study, path: Path, progress: Callable[[int], None] | None = None) -> None:
    """Draw the regret of each policy of the study into a file, side by side for its capacities.

    `progress` is called with the number of requests that one more policy has served.
    """
    drawn = new_figure(1.0 + 4.0 * len(study.capacities), 4.2)
    costed = study.costed(trace)
    sizes = study.sizes(costed.footprint)
    panels = drawn.subplots(1, len(sizes), squeeze=False)[0]
    for axes, capacity, size in zip(panels, study.capacities, sizes, strict=True):
        _draw(axes, costed, study, size, progress)
        axes.set(title=capacity)
    panels[0].set(ylabel=f"regret against the static optimum, {costed.cost_unit}")
    drawn.suptitle(f"{costed.name}: what each policy has paid beyond the best fixed set, by capacity")
    panels[0].legend(frameon=False)
    drawn.savefig(checked_image(path), dpi=150)


def _draw(axes: Any, trace: Trace, study: Study, size: int, progress: Callable[[int], None] | None) -> None:
    shown = np.linspace(0, len(trace) - 1, min(_POINTS, len(trace))).astype(np.int64)
    for policy in study.policies:
        axes.plot(shown + 1, regret(trace, policy, size)[shown], label=policy)
        if progress is not None:
            progress(len(trace))
    axes.set(xlabel="requests")
    axes.grid(visible=True, alpha=0.3)


def _beyond(trace: Trace, is_hit: NDArray[np.bool_], fixed: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cumsum(np.where(is_hit, 0.0, trace.costs[:, 0]) - fixed)
