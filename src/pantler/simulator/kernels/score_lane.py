"""One cache under a score policy over dense ids, its arrays growing with what it holds."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.core.seams import Score
from pantler.core.sketch import (
    COUNT_CEILING,
    LEAST_WIDTH,
    NIBBLE_CEILING,
    counts_raise,
    counts_read,
    nibbles_raise,
    nibbles_read,
)
from pantler.simulator.kernels import memory
from pantler.simulator.kernels import score as template
from pantler.simulator.kernels.aligned import doubled, longer
from pantler.simulator.kernels.heap import ENTRY
from pantler.simulator.kernels.requests import Requests
from pantler.simulator.kernels.specialise import specialised

_LEAST_SLOTS = 64


class _Sketch(NamedTuple):
    """The functions of a memory of absent keys, with its tables of the least width: of all counters, of large ones."""

    names: dict[str, Any]
    table: NDArray[Any]
    large: NDArray[Any]


_NONE = np.zeros(0, np.uint8)
_COUNTS = {"read": counts_read, "lift": counts_raise, "CEILING": COUNT_CEILING, "IS_FAR": True, "HALVES": False}
_NIBBLES = {"read": nibbles_read, "lift": nibbles_raise, "CEILING": NIBBLE_CEILING, "IS_FAR": False, "HALVES": True}
_SKETCHES = {
    None: _Sketch({"IS_FAR": False}, _NONE, _NONE),
    "counts": _Sketch(
        _COUNTS | {"LARGE": memory.LARGE}, np.zeros(4 * LEAST_WIDTH, np.uint8), np.zeros(4 * LEAST_WIDTH, np.uint32)
    ),
    "nibbles": _Sketch(_NIBBLES | {"LARGE": 0}, np.zeros(LEAST_WIDTH, np.uint8), _NONE),
}


class ScoreLane:
    """The same hits, request by request, as a `Cache` over a `Ranking` by `score`."""

    def __init__(self, score: Score, capacity: int) -> None:
        self._run = kernel(score)
        self._remembers = score.memory is not None
        status = np.zeros(1, template.STATUS)
        status["capacity"] = capacity
        status["half_life"] = score.half_life or 0.0
        status["mask"] = LEAST_WIDTH - 1
        self._state = template.State(
            slots=np.zeros(0, np.int32),
            items=np.zeros(_LEAST_SLOTS, template.ITEM),
            heap=_free(np.zeros(_LEAST_SLOTS, ENTRY), 0),
            sketch=_SKETCHES[score.memory].table.copy(),
            large=_SKETCHES[score.memory].large.copy(),
            status=status,
        )

    @property
    def used_bytes(self) -> int:
        """Bytes that the residents occupy."""
        return int(self._state.status["used"][0])

    def serve(self, requests: Requests, distinct: int) -> NDArray[np.bool_]:
        """Which of n requests hit, bool (n,); ids are below `distinct`."""
        self._know(distinct)
        hits = np.empty(len(requests.ids), np.bool_)
        done = self._run(requests, self._state, hits, 0)
        while done < len(hits):
            self._grow()
            done = self._run(requests, self._state, hits, done)
        return hits

    def _know(self, distinct: int) -> None:
        known = self._state.slots
        if distinct > len(known):
            self._state = self._state._replace(slots=longer(known, distinct))

    def _grow(self) -> None:
        """Double what is full: the slots, or the sketch, whose doubling is a copy onto its own end."""
        state = self._state
        status = state.status[0]
        if status["residents"] == len(state.items):
            heap = _free(doubled(state.heap, lead=1), len(state.heap))  # four children are one line
            state = state._replace(items=doubled(state.items), heap=heap)
        while self._remembers and memory.wanting(status["mask"] + 1, status["residents"]):
            large = doubled(state.large) if status["has_large"] else np.zeros(2 * len(state.large), state.large.dtype)
            state = state._replace(sketch=doubled(state.sketch), large=large)
            status["mask"] = 2 * status["mask"] + 1
        self._state = state


def kernel(score: Score) -> Any:
    """The compiled loop for the kind of policy that `score` is."""
    from pantler.traces.prefetch import fetch

    names = {
        "fetch": fetch,
        "priority": score.priority,
        "AGES": score.ages,
        "ADMITS_ALL": score.admits_all,
        "COUNTS_PLAINLY": score.half_life is None,
        "REMEMBERS": score.memory is not None,
    }
    return specialised(template.run, names | _SKETCHES[score.memory].names)


def _free(heap: NDArray[Any], start: int) -> NDArray[Any]:
    """The heap with the slots from `start` on free, each at the position of its own number."""
    heap["tag"][start:] = np.arange(start, len(heap))
    return heap
