"""Limited-memory BFGS for smooth convex functions (Nocedal and Wright 2006, algorithms 7.4 and 7.5).

A step is halved until it falls by a ten-thousandth of what the slope promises (Armijo).
"""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Objective = Callable[[Array], tuple[float, Array]]  # a point to the value and the gradient there

MEMORY = 8
ENOUGH = 1e-4
MOST_HALVINGS = 20


def minimised(objective: Objective, start: Array, *, steps: int = 100, tolerance: float = 1e-3) -> Array:
    """The point where the gradient's largest number is at most `tolerance` of its first, or the last of `steps`."""
    point = start
    value, gradient = objective(point)
    target = tolerance * float(np.abs(gradient).max())
    pairs: deque[tuple[Array, Array, float]] = deque(maxlen=MEMORY)
    for _ in range(steps):
        if float(np.abs(gradient).max()) <= target:
            break
        direction = _direction(gradient, pairs)
        slope = float(np.vdot(gradient, direction))
        scale = 1.0 if pairs else min(1.0, 1.0 / float(np.abs(gradient).sum()))
        for _ in range(MOST_HALVINGS):
            reached = point + np.float32(scale) * direction
            new_value, new_gradient = objective(reached)
            if new_value <= value + ENOUGH * scale * slope:
                break
            scale /= 2.0
        else:
            break
        moved, changed = reached - point, new_gradient - gradient
        curvature = float(np.vdot(moved, changed))
        if curvature > 0.0:
            pairs.append((moved, changed, curvature))
        point, value, gradient = reached, new_value, new_gradient
    return point


def _direction(gradient: Array, pairs: "deque[tuple[Array, Array, float]]") -> Array:
    """Down, by the curvature that the last steps have shown."""
    direction = -gradient
    shares: list[float] = []
    for moved, changed, curvature in reversed(pairs):
        shares.append(float(np.vdot(moved, direction)) / curvature)
        direction = direction - np.float32(shares[-1]) * changed
    if pairs:
        _, changed, curvature = pairs[-1]
        direction = direction * np.float32(curvature / float(np.vdot(changed, changed)))
    for moved, changed, curvature in pairs:
        back = float(np.vdot(changed, direction)) / curvature
        direction = direction + np.float32(shares.pop() - back) * moved
    return direction
