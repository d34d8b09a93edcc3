"""Labelled pairs one after another: `a` is stored, `b` is asked."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random

from pantler.matching.rules import LITERAL
from pantler.matching.values import Near
from pantler.matching.wording import read
from pantler.simulator.rehearsal.run import Tally, Trial
from pantler.simulator.rehearsal.stream import Vectors
from pantler.simulator.rehearsal.texts import Pair


@dataclass
class Category:
    """What became of the pairs of one category, over all seeds."""

    same: int = 0
    different: int = 0
    hits: int = 0
    false_hits: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, pair: Pair, served: bool) -> None:
        """One more pair."""
        self.same += pair.same
        self.different += not pair.same
        self.hits += served and pair.same
        self.false_hits += served and not pair.same


Categories = defaultdict[str, Category]


def static_pairs(threshold: float, pairs: tuple[Pair, ...], vectors: Vectors) -> Categories:
    """Each pair served from a cosine on."""
    found: Categories = defaultdict(Category)
    for pair in pairs:
        one, other = vectors.of([pair.a, pair.b])
        found[pair.category].count(pair, bool(one @ other >= threshold))
    return found


def trial_pairs(trial: Trial, seed: int, pairs: tuple[Pair, ...], vectors: Vectors) -> tuple[Categories, Tally]:
    """Ours over the pairs in an order drawn by the seed, learning as it goes; the tally counts pairs as requests."""
    found: Categories = defaultdict(Category)
    order = list(pairs)
    Random(seed).shuffle(order)
    matcher, tally = trial.matcher(seed), Tally(len(order))
    for place, pair in enumerate(order):
        rule = trial.refused(pair.b) or trial.refused(pair.a) or (LITERAL if trial.differs(pair.b, pair.a) else None)
        if rule is not None:
            found[pair.category].count(pair, False)
            found[pair.category].reasons[rule] += 1
            continue
        one, other = vectors.of([pair.a, pair.b])
        seconds = vectors.second_of([pair.a, pair.b])
        second = None if seconds is None else float(seconds[0] @ seconds[1])
        finding = matcher.match(read(pair.b), [Near(pair.a, float(one @ other), read(pair.a), second)])
        found[pair.category].count(pair, finding.serve)
        found[pair.category].reasons[finding.reason] += 1
        if finding.serve:
            tally.serve(place, not pair.same)
        else:
            matcher.learn(finding, pair.same)
    return found, tally
