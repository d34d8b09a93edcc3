"""Asks another model of the route what one has answered, and compares.

The other is drawn evenly among those that were not in the plan, or did not answer where all of them were; its row tells
of that as propensities. What it brought is its route's to learn from, as an outcome of that model.
"""

from functools import partial
from typing import Any

from msgspec.structs import replace

from pantler.core.beliefs import posterior
from pantler.core.rows import JUDGE, SHADOW, UNTOLD, Candidate
from pantler.core.types import Call, Outcome, Plan, Rating
from pantler.gateway.beside import Beside
from pantler.gateway.comparing import believed, comparable, heard_by
from pantler.gateway.ratings import Heard, Ratings
from pantler.gateway.samples import Shadows
from pantler.gateway.scoring import asking_of
from pantler.gateway.told_beside import ToldBeside
from pantler.live.errands import Errand, Landing

WHY = "asked beside {}, to compare"
COMPARED = "two answers are compared"


class Shadowing:
    """Tells `ratings` the words, and `told` what the other model brought."""

    def __init__(self, beside: Beside, ratings: Ratings, told: ToldBeside) -> None:
        self._beside = beside
        self._ratings = ratings
        self._told = told

    async def shadow(self, shadows: Shadows, errand: Errand, landing: Landing, call: Call) -> str:
        """Whether the other model "agrees" or "differs", or whether that says nothing."""
        other, answered = self._beside.errand(errand, SHADOW), landing.entry.model
        beside = self._drawn(other, call, answered)
        found, outcome = await self._beside.asked(other, beside, shadows.purpose)
        heard: tuple[Heard | None, Heard | None] = None, None
        end = "untold"
        try:
            bodies = landing.entry.body, found.entry.body
            if comparable(bodies, is_literal=shadows.is_literal):
                judge = shadows.judge(partial(self._ask, shadows, other))
                agrees = (await judge.judge(errand.ask, bodies)).score >= 0.5
                end = "agrees" if agrees else "differs"
                beliefs = believed(beside, outcome.model), believed(beside, answered)
                one, two = [heard_by(self._ratings.signals, wrong, agrees=agrees) for wrong in beliefs]
                heard = one, two
        finally:  # what it charged is known whatever became of the comparison
            self._told.shadowed(_labelled(outcome, beside, heard[1]))
        for each, word in zip((errand, other), heard, strict=True):
            if word is not None:
                await self._ratings.found(each, each.decision, word)
        return end

    def _drawn(self, errand: Errand, call: Call, answered: str) -> Call:
        """The call of one of the others, each of which has the same chance."""
        rest = [model for model in errand.route.models if model != answered]
        others = [model for model in rest if model not in call.plan.models] or rest
        model, chance = self._beside.chance.choice(others), 1.0 / len(others)
        plain: dict[tuple[str, ...], Candidate]
        plain = {(each,): Candidate((each,), self._beside.price(errand, each), None, UNTOLD, 0.0) for each in others}
        weighed = {**plain, **{each.models: each for each in call.candidates}}
        candidates = {
            models: replace(each, propensity=chance if models in plain else 0.0) for models, each in weighed.items()
        }
        price = candidates[(model,)].price
        cost = self._beside.price(errand, model) if price is None else price
        why = WHY.format(answered)
        return Call(Plan((model,)), cost, propensity=chance, reason=why, candidates=tuple(candidates.values()))

    async def _ask(self, shadows: Shadows, errand: Errand, model: str, body: dict[str, Any]) -> bytes:
        """What a judge asks so as to compare."""
        asking = asking_of(errand, model, body)
        asking.decision, asking.beside = f"{errand.decision}-{JUDGE}", JUDGE
        call = Call(Plan((model,)), self._beside.price(asking, model), reason=COMPARED)
        landing, _ = await self._beside.asked(asking, call, shadows.purpose)
        return landing.entry.body


def _labelled(outcome: Outcome, call: Call, heard: Heard | None) -> Outcome:
    """With how likely its answer is wrong, where a word says so."""
    if heard is None or heard.reliability is None:
        return outcome
    rating = Rating(outcome.query, outcome.model, float(heard.word.good >= 0.5), heard.reliability)
    labelled = outcome.copy()
    labelled.wrong = posterior(believed(call, outcome.model), rating)
    return labelled
