"""Runs that are not compiled, each in a process beside this one: as threads they would wait for one another."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVarTuple

from pantler.simulator.reproduce.seeds import available_cpus

Given = TypeVarTuple("Given")
Pair = tuple[float, float]


@contextmanager
def spread(run: Callable[[*Given], Pair], jobs: Sequence[tuple[*Given]]) -> Iterator[Iterator[Pair]]:
    """What every job comes to, in their order, on as many processors as there are; begun at once, left when left.

    The processes are new ones, since one that has started threads cannot be copied; an interrupt is for this one alone.
    """
    pool = ProcessPoolExecutor(
        max(1, min(len(jobs), available_cpus())), get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
    )
    try:
        yield pool.map(run, *zip(*jobs, strict=True)) if jobs else iter(())
    finally:
        pool.shutdown(cancel_futures=True)
