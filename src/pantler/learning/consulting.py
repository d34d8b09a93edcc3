"""Whom a route asks first, and beside whoever has answered, by all that its models have said to a query.

first     argmin_m  price_m + w P(m is wrong) - what it then saves to ask others       w: w_e over the serves to come
beside    as `paying` has it, over the serves of which answers tell before one is served, over the hits to come behind
kept      the surer of two answers, the one that was there first where they are as sure
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf

from msgspec.structs import replace

from pantler.core.counts import WRONG
from pantler.core.tallies import Tallies, View
from pantler.core.types import Further, Outcome, Query, Serve
from pantler.learning.expecting import Expected, Expecting
from pantler.learning.hearsay import Hearsay
from pantler.learning.opinions import Opinions, Told

NOTHING_SAID: Mapping[str, int] = {}
Correct = Callable[[Query], Sequence[float]]
"""The chances of a query's appraisal after what was heard of other queries since it was fitted."""


class Consulting:
    """By `opinions` of what `hearsay` and `tallies` hold; `correct` tells the chances before anybody has answered."""

    def __init__(self, opinions: Opinions, expecting: Expecting, hearsay: Hearsay, correct: Correct) -> None:
        self.opinions = opinions
        self._expecting = expecting
        self._tallies: Tallies = hearsay.tallies
        self._hearsay = hearsay
        self._correct = correct

    @property
    def compares(self) -> bool:
        """Whether answers can be compared, so that others may be asked before one is served."""
        return self.opinions.compares

    def knows(self, model: str) -> bool:
        """Whether it is one of the route's models, and no fallback."""
        return model in self.opinions.models

    def chances(self, query: Query) -> list[float]:
        """How likely each model is to be wrong on the query, with the answer that it gave where it has given one."""
        return self.opinions.chances(self._told(query, self._view(query)))

    def first(self, query: Query, allowed: Sequence[Expected], weight: float, tells: float) -> tuple[Expected, bool]:
        """Which direct call is made first, and whether others may be asked beside it, which is weighed by `tells`."""
        view = self._view(query)
        of, spared = self._told(query, view), dict.fromkeys(self.opinions.models, 0.0)
        if of.is_silent:
            prices = self._expecting.paid(query, view)
            spared = dict(zip(self.opinions.models, self.opinions.opening(of, prices, tells), strict=True))
        best = min(allowed, key=lambda each: each.lasting(weight) - spared[each.plan.models[0]])
        return best, not of.is_silent or spared[best.plan.models[0]] > 0.0

    def further(self, query: Query, said: Sequence[tuple[str, int]], weight: float) -> Further:
        """As `core.seams.Weighing` has it."""
        (kept, _), (newest, _) = said[0], said[-1]
        if not (self.knows(kept) and self.knows(newest)):
            return Further(kept)
        view = self._view(query)
        of = self._told(query, view, dict(said))
        chances = dict(zip(self.opinions.models, self.opinions.chances(of), strict=True))
        better = newest if chances[newest] < chances[kept] else kept
        if len(said) > len(self.opinions.models):
            return Further(better)
        found = self.opinions.beside(query.key, of, better)
        paid = zip(self.opinions.models, self._expecting.paid(query, view), strict=True)
        anew = [inf if model in of.texts else price for model, price in paid]  # who was asked says the same again
        return Further(better, self.opinions.next(found, better, anew, weight)[0])

    def beside(self, stored: Serve, weight: float) -> str:
        """Whom it pays to ask beside what is stored, empty for nobody."""
        query = stored.query
        view = self._view(query)
        prices = self._expecting.paid(query, view)
        if weight * stored.wrong <= min(prices):
            return ""
        found = self.opinions.beside(query.key, self._told(query, view), stored.model)
        return self.opinions.next(found, stored.model, prices, weight)[0]

    def better(self, outcome: Outcome, stored: Serve | None, wrong: float) -> Serve:
        """What is believed of the answer that has come, or of the stored one beside which it was asked, if as sure.

        `wrong` is the chance of an answer of no model of the route.
        """
        view, chances = (
            self._view(outcome.query),
            dict(zip(self.opinions.models, self.chances(outcome.query), strict=True)),
        )
        kept = Serve(outcome.query, outcome.model, 0.0)
        if stored is not None and chances.get(stored.model, 1.0) <= chances.get(outcome.model, wrong):
            kept = stored
        is_told = view.own(kept.model, WRONG)[0] > 0.0
        return replace(kept, wrong=chances.get(kept.model, wrong), ratings=max(kept.ratings, int(is_told)))

    def _view(self, query: Query) -> View:
        return self._tallies.view(query.key, 1.0)

    def _told(self, query: Query, view: View, said: Mapping[str, int] = NOTHING_SAID) -> Told:
        """All that is known of a query's answers."""
        texts, models = {**self._hearsay.texts(query.key), **said}, self.opinions.models
        labels = tuple([view.own(model, WRONG) for model in models])
        return Told(self._correct(query), {model: texts[model] for model in models if model in texts}, labels)
