"""Another multiplexer's choice, with what its answers will still serve in mind: hit-amortised choice over any rule.

    kept         the direct call of least  paid + (1 + h) w_e P(wrong),  where that is less than the choice's own
    a hit saves  what asking anew is expected to cost, less w_e p         p: the belief that the stored answer is wrong
    upgrade      to another model when     paid + h w_e P(wrong) < h w_e p
    drop         when a hit saves nothing                                                              (theory 2.2)

A model takes another's place so only once as many of its answers were rated as tell anything.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from pantler.core.beliefs import tells_anew
from pantler.core.cost import Weights
from pantler.core.rows import Candidate
from pantler.core.seams import Learner, Multiplexer, Overlooking, Prospects, Watching
from pantler.core.survival import Survival
from pantler.core.types import Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.drawing import TRIED
from pantler.learning.propensities import moved

FEW = 10  # labels of a model that tell nothing yet
OVER_HITS = "least expected cost over the hits to come"
UPGRADE = "an upgrade pays over the hits to come"


class _NoRoom:
    """Nothing is kept, for who asks what would be chosen for one request."""

    def keeps(self, query: Query, saved: float) -> bool:
        return False


NO_ROOM = _NoRoom()


class Lasting:
    """Around `inner`, which tells its candidates; `weights` are the route's."""

    revisits = True

    def __init__(self, inner: Multiplexer, weights: Weights) -> None:
        self.inner = inner
        self.weights = weights
        self.survival = Survival()
        self.labels: Counter[str] = Counter()
        self._surest: Candidate | None = None  # of those that were weighed last, by which most hits are passed over

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        call = self.inner.choose(miss, prospects)
        hits = self.survival.expected(miss.frequency)
        self._surest = min(self._known(call.candidates), key=_wrong, default=None)
        found = None if call.reason == TRIED else self._over(call, hits)
        if found is None:
            return replace(call, hits=hits)
        least = min(each.expected_cost(self.weights) for each in call.candidates)
        if not prospects.keeps(miss.query, least - self.weights.error * found.wrong):
            return replace(call, hits=hits)
        chosen = [each for each in call.candidates if each.models == call.plan.models]
        weighed, chance = moved(call.candidates, chosen, found)
        return Call(Plan(found.models), found.expected_cost(self.weights), chance, OVER_HITS, weighed, hits)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        if _teaches(event, stored):
            self.labels[event.model] += 1
        believed = self.inner.learn(event, stored)
        if believed is None:
            return None
        saved = believed.saved - self.weights.error * believed.wrong
        return replace(believed, saved=saved) if saved > 0.0 else None

    def revalue(self, stored: Serve) -> float:
        return self.inner.revalue(stored) - self.weights.error * stored.wrong

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        surest, hits = self._surest, self.survival.expected(frequency)
        stays = hits * self.weights.error * stored.wrong
        if stored.upgraded or surest is None or surest.models == (stored.model,) or stays <= (surest.price or 0.0):
            return None
        call = self.inner.choose(Miss(stored.query, frequency), NO_ROOM)
        others = [each for each in self._known(call.candidates) if each.models != (stored.model,)]
        best = min(others, key=lambda each: each.expected_cost(self._weighing(hits)), default=None)
        if best is None or best.expected_cost(self._weighing(hits)) >= stays:
            return None
        weighed = tuple([replace(each, propensity=float(each is best)) for each in call.candidates])
        return Call(Plan(best.models), best.expected_cost(self.weights), 1.0, UPGRADE, weighed, hits)

    def served(self, stored: Serve, frequency: float) -> None:
        self.survival.hit(frequency - 1.0)
        if isinstance(self.inner, Watching):
            self.inner.served(stored, frequency)

    def left(self, stored: Serve, frequency: float) -> None:
        self.survival.ended(frequency)
        self.inner.left(stored, frequency)

    def shadowed(self, outcome: Outcome) -> None:
        self.labels[outcome.model] += outcome.wrong is not None
        if isinstance(self.inner, Overlooking):
            self.inner.shadowed(outcome)

    def snapshot(self) -> Any:
        inner = self.inner.snapshot() if isinstance(self.inner, Learner) else None
        return [inner, self.survival.snapshot(), dict(self.labels)]

    def restore(self, kept: Any) -> None:
        inner, survival, labels = msgspec.convert(kept, tuple[Any, Any, dict[str, int]])
        if isinstance(self.inner, Learner):
            self.inner.restore(inner)
        self.survival.restore(survival)
        self.labels = Counter(labels)

    def _over(self, call: Call, hits: float) -> Candidate | None:
        """The direct call that costs less than the chosen plan over the hits to come, if one does.

        None that might have been drawn to try it: with which chance it is asked would hang on what was not drawn.
        """
        chosen = next((each for each in call.candidates if each.models == call.plan.models), None)
        if chosen is None or hits <= 0.0:
            return None
        weighing = self._weighing(1.0 + hits)
        best = min(self._known(call.candidates), key=lambda each: each.expected_cost(weighing), default=chosen)
        is_open = best is not chosen and best.propensity > 0.0
        return best if best.expected_cost(weighing) < chosen.expected_cost(weighing) and not is_open else None

    def _weighing(self, serves: float) -> Weights:
        """An error counts at so many serves."""
        return Weights(self.weights.latency, serves * self.weights.error)

    def _known(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """The direct calls of models of which enough is known."""
        return [each for each in candidates if len(each.models) == 1 and self.labels[each.models[0]] >= FEW]


def _teaches(event: Outcome | Rating, stored: Serve | None) -> bool:
    """Whether it tells of one more answer of its model."""
    return event.wrong is not None if isinstance(event, Outcome) else tells_anew(event, stored)


def _wrong(candidate: Candidate) -> float:
    return candidate.wrong
