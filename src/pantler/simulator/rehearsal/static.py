"""What has to be beaten: a fixed cosine, and the best one in hindsight."""

from dataclasses import dataclass

import numpy as np

from pantler.simulator.rehearsal.run import Tally
from pantler.simulator.rehearsal.stream import Stream

NEVER = 2.0  # only exact repeats are served
LADDER = (*np.round(np.arange(0.60, 1.0, 0.01), 3).tolist(), 0.995, 0.999, 1.0, NEVER)


@dataclass(frozen=True)
class Static:
    """Serves the nearest stored text from a cosine on."""

    threshold: float

    def run(self, stream: Stream, seed: int) -> Tally:
        del seed
        tally = Tally(len(stream))
        stored = np.zeros(len(stream), np.bool_)
        kept: set[int] = set()
        for place in range(len(stream)):
            if stream.exact[place] in kept:
                tally.exact += 1
                tally.serve(place, False)
                continue
            found = stream.nearest(place, stored)
            if found and found[0][1] >= self.threshold:
                tally.serve(place, stream.facts[found[0][0]] != stream.facts[place])
            else:
                stored[place] = True
                kept.add(place)
        return tally


@dataclass(frozen=True)
class Hindsight:
    """The static threshold with most hits among those that keep the promise on this very stream."""

    per_request: float
    per_hit: float | None = None

    def run(self, stream: Stream, seed: int) -> Tally:
        best = Tally(len(stream))
        for threshold in LADDER:
            tally = Static(threshold).run(stream, seed)
            holds = tally.wrong_per_request <= self.per_request
            if self.per_hit is not None:
                holds = holds and tally.wrong_per_hit <= self.per_hit
            if holds and len(tally.hits) > len(best.hits):
                best = tally
        return best
