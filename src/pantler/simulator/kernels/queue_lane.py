"""One cache under a discipline of queues over dense ids, its arrays growing with what it holds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.queues import CAPACITY, DIALS, MASK, RINGS, Queues, emptied, is_full, is_narrow, occupied
from pantler.core.seams import Discipline
from pantler.core.sketch import LEAST_WIDTH
from pantler.simulator.kernels import queue as template
from pantler.simulator.kernels.aligned import longer
from pantler.simulator.kernels.requests import Requests
from pantler.simulator.kernels.specialise import specialised

_LEAST_SLOTS = 64


class QueueLane:
    """The same hits, request by request, as a `Cache` over a `Queueing` by `steps`."""

    def __init__(self, steps: Discipline, capacity: int) -> None:
        self._run = kernel(steps)
        self._counts = steps.counts
        queues = Queues(
            places=np.zeros(_LEAST_SLOTS, template.PLACE),
            used=np.zeros(RINGS, np.int64),
            length=np.zeros(RINGS, np.int64),
            sketch=np.zeros(LEAST_WIDTH, np.uint8),
            dials=np.zeros(DIALS, np.int64),
        )
        queues.dials[CAPACITY] = capacity
        emptied(queues._replace(places=queues.places.view(np.recarray)))  # the same memory, its fields as attributes
        self._state = template.State(slots=np.zeros(0, np.int32), queues=queues, capacity=capacity)

    @property
    def used_bytes(self) -> int:
        """Bytes that the residents occupy."""
        return occupied(self._state.queues)

    def serve(self, requests: Requests, distinct: int) -> NDArray[np.bool_]:
        """Which of n requests hit, bool (n,); ids are below `distinct`."""
        known = self._state.slots
        if distinct > len(known):
            self._state = self._state._replace(slots=longer(known, distinct))
        hits = np.empty(len(requests.ids), np.bool_)
        done = self._run(requests, self._state, hits, 0)
        while done < len(hits):
            self._grow()
            done = self._run(requests, self._state, hits, done)
        self._grow()
        return hits

    def _grow(self) -> None:
        """Double what is full: the slots, or the sketch, whose doubling is a copy onto its own end."""
        state = self._state
        queues: Queues = state.queues
        if is_full(queues):
            queues = queues._replace(places=longer(queues.places, 2 * len(queues.places)))
        while self._counts and is_narrow(queues):
            queues = queues._replace(sketch=np.concatenate([queues.sketch, queues.sketch]))
            queues.dials[MASK] = 2 * queues.dials[MASK] + 1
        self._state = state._replace(queues=queues)


def kernel(steps: Discipline) -> Any:
    """The compiled loop for the kind of policy that `steps` is."""
    names = {"come": steps.come, "hit": steps.hit, "enter": steps.enter, "COUNTS": steps.counts}
    return specialised(template.run, names)
