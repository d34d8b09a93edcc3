"""One run of a matcher over a stream: what it served, and how much of that was wrong."""

from collections import Counter
from dataclasses import dataclass, field
from math import sqrt
from random import Random
from time import perf_counter
from typing import Protocol

import numpy as np

from pantler.core.seams import Matcher
from pantler.matchers.verified import NEAREST, Verified
from pantler.matching.prior import pretrained
from pantler.matching.promise import Promise
from pantler.simulator.rehearsal.stream import Stream


@dataclass
class Tally:
    """What came of one run: places of wrong serves, hits in each half, lookups timed in seconds."""

    requests: int
    hits: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    exact: int = 0
    seconds: list[float] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def serve(self, place: int, is_wrong: bool) -> None:
        """A stored answer was served."""
        self.hits.append(place)
        if is_wrong:
            self.wrong.append(place)

    @property
    def wrong_by_half(self) -> tuple[int, int]:
        early = sum(place < self.requests // 2 for place in self.wrong)
        return early, len(self.wrong) - early

    @property
    def wrong_per_request(self) -> float:
        return len(self.wrong) / max(1, self.requests)

    @property
    def wrong_per_hit(self) -> float:
        return len(self.wrong) / max(1, len(self.hits))

    def breaks(self, promise: Promise) -> bool:
        """Whether the run had more wrong serves than promised: over the whole, in a half, or per hit."""
        allowed = promise.per_request * self.requests / 2.0
        if self.wrong_per_request > promise.per_request:
            return True
        if max(self.wrong_by_half) > allowed + 2.0 * sqrt(allowed):
            return True
        return promise.per_hit is not None and self.wrong_per_hit > promise.per_hit


class Runner(Protocol):
    """A matcher as it is tried on a stream."""

    def run(self, stream: Stream, seed: int) -> Tally:
        """Serve or not, request after request."""
        ...


@dataclass(frozen=True)
class Trial:
    """Ours: what it promises, how it starts, how often the judge who labels is mistaken, whether by two encoders."""

    per_request: float
    per_hit: float | None
    unseen: str | None
    judge_error: float = 0.0
    seconded: bool = False

    def matcher(self, seed: int) -> Matcher:
        """A new one from the shipped prior, which has not seen what it is tried on."""
        promise, prior = Promise(self.per_request, self.per_hit), pretrained(self.unseen, seconded=self.seconded)
        return Verified(promise, judge_error=self.judge_error, prior=prior, seed=seed)

    def run(self, stream: Stream, seed: int) -> Tally:
        matcher, chance = self.matcher(seed), Random(seed)
        tally = Tally(len(stream))
        stored = np.zeros(len(stream), np.bool_)
        kept: set[int] = set()  # places whose text an exact hit finds
        for place in range(len(stream)):
            if stream.exact[place] in kept:
                tally.exact += 1
                tally.serve(place, False)
                continue
            found = stream.nearest(place, stored, NEAREST)
            near = stream.compared(place, found)
            started = perf_counter()
            finding = matcher.match(stream.wordings[place], near)
            tally.seconds.append(perf_counter() - started)
            tally.reasons[finding.reason] += 1
            right = bool(near) and stream.facts[found[0][0]] == stream.facts[place]
            if finding.serve:
                tally.serve(place, not right)
                continue
            stored[place] = True
            kept.add(place)
            if finding.key is not None:
                matcher.learn(finding, right != (chance.random() < self.judge_error), place)
        return tally
