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
from pantler.matching.rules import LITERAL, literal_differs
from pantler.matching.text_rules import refused_text
from pantler.matching.values import Finding
from pantler.simulator.rehearsal.stream import Found, Stream


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
    """Ours: what it promises, how it starts, how often the judge who labels is mistaken, whether by two encoders.

    `gated` is that a text is refused first which a gateway refuses before it compares: it is asked, and found by none.
    """

    per_request: float
    per_hit: float | None
    unseen: str | None
    judge_error: float = 0.0
    seconded: bool = False
    gated: bool = False

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
            rule = self.refused(stream.texts[place])
            if rule is not None:
                tally.reasons[rule] += 1
                kept.add(place)
                continue
            found = stream.nearest(place, stored, NEAREST)
            started = perf_counter()
            finding = self._matched(matcher, stream, place, found)
            tally.seconds.append(perf_counter() - started)
            tally.reasons[finding.reason] += 1
            right = bool(found) and stream.facts[found[0][0]] == stream.facts[place]
            if finding.serve:
                tally.serve(place, not right)
                continue
            stored[place] = True
            kept.add(place)
            if finding.key is not None:
                matcher.learn(finding, right != (chance.random() < self.judge_error), place)
        return tally

    def refused(self, text: str) -> str | None:
        """The rule by which a gateway looks for nothing near, None where there is none or it is not asked."""
        return refused_text(text) if self.gated else None

    def differs(self, asked: str, stored: str) -> bool:
        """Whether a gateway would not compare two texts of code."""
        return self.gated and literal_differs(asked, stored)

    def _matched(self, matcher: Matcher, stream: Stream, place: int, found: Found) -> Finding:
        asked = stream.wordings[place]
        if found and self.differs(stream.texts[place], stream.texts[found[0][0]]):
            matcher.match(asked, [])
            return Finding(found[0][0], 1.0, False, LITERAL)
        finding: Finding = matcher.match(asked, stream.compared(place, found))
        return finding
