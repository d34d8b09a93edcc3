"""One cache that serves one part of a trace after another, compiled or through the engine."""

from dataclasses import replace
from time import thread_time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pantler import build
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.simulator.kernels.requests import requests_of
from pantler.simulator.replay import replayed
from pantler.simulator.serving import Asked
from pantler.simulator.sweep import lane
from pantler.traces.trace import Trace


class PartLane(Protocol):
    """A cache under one policy; `seconds` of CPU so far."""

    seconds: float

    def serve(self, part: Trace, occupied: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the part's n requests hit, bool (n,); each answer takes `occupied` bytes."""
        ...


class CompiledLane:
    """The policy's kernel, which ranks by true costs and sizes."""

    def __init__(self, policy: str, capacity: int) -> None:
        self._lane = lane(policy, capacity)
        self.seconds = 0.0

    def serve(self, part: Trace, occupied: NDArray[np.int64]) -> NDArray[np.bool_]:
        start = thread_time()
        is_hit = self._lane.serve(requests_of(part, 0, occupied), part.distinct)
        self.seconds += thread_time() - start
        return is_hit


class EngineLane:
    """The engine, which knows one size: costs grow as much as the room that an answer takes, so that ranks stay."""

    def __init__(self, policy: str, capacity: int) -> None:
        self._engine = Engine(Cache(build.policy(policy, hashed=int), capacity), Asked("cost"))
        self.seconds = 0.0

    def serve(self, part: Trace, occupied: NDArray[np.int64]) -> NDArray[np.bool_]:
        start = thread_time()
        room = occupied / part.sizes
        standing: Any = {"sizes": occupied, "costs": part.costs * room[:, None], "cost_names": ("cost",)}
        is_hit, _ = replayed(replace(part, **standing), self._engine)
        self.seconds += thread_time() - start
        return is_hit
