"""One replay per seed, spread over threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pantler.simulator.reproduce.workload import Floats


def available_cpus() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def replay_seeds(replay: Callable[[int], Floats], seeds: Sequence[int], on_seed: Callable[[], None]) -> Floats:
    """Replay every seed, in order of seeds along the first axis; `on_seed` is called from the threads."""

    def one(seed: int) -> Floats:
        costs = replay(seed)
        on_seed()
        return costs

    with ThreadPoolExecutor(available_cpus()) as pool:
        return np.stack(list(pool.map(one, seeds)))
