"""Draws what is looked at beside requests: answers that are scored, requests that another model is asked too."""

import asyncio
from collections.abc import Mapping
from functools import partial
from random import Random

from pantler.core.types import Call
from pantler.gateway.beside import Beside
from pantler.gateway.clocks import Clocks
from pantler.gateway.overhearing import HEARD
from pantler.gateway.ratings import Ratings
from pantler.gateway.samples import Samples
from pantler.gateway.scoring import Scoring
from pantler.gateway.shadowing import Shadowing
from pantler.gateway.told_beside import ToldBeside
from pantler.live.calls import Calls
from pantler.live.errands import Errand, Landing
from pantler.live.loop import Loop


class Sampling:
    """Looks at what the routes that `use` names have answered."""

    def __init__(self, beside: Beside, scoring: Scoring, shadowing: Shadowing) -> None:
        self.beside = beside
        self._scoring = scoring
        self._shadowing = shadowing
        self._samples: Mapping[str, Samples] = {}

    def use(self, samples: Mapping[str, Samples]) -> None:
        """Draw by other shares from now on."""
        self._samples = samples

    def landed(self, errand: Errand, landing: Landing, call: Call) -> None:
        """An answer has come; whatever is done about it begins once it is sent.

        One that no client waits for is not looked at, nor one that its client will not have kept.
        """
        samples = self._samples.get(errand.route.name)
        if samples is None or errand.is_renewal or errand.bypass or errand.passes_on or not errand.wishes.keeps:
            return
        if errand.ask.operation in HEARD and errand.choices == 1 and landing.flaw is None:
            asyncio.get_running_loop().call_soon(self._look, samples, errand, landing, call)

    def _look(self, samples: Samples, errand: Errand, landing: Landing, call: Call) -> None:
        scores, shadows, route = samples.scores, samples.shadows, errand.route.name
        if scores is not None:
            self.beside.earned(route, scores.purpose, landing.spent)
            self.beside.begin(route, scores.purpose, partial(self._scoring.score, scores, errand, landing))
        if shadows is not None:
            self.beside.earned(route, shadows.purpose, landing.spent)
            self.beside.begin(route, shadows.purpose, partial(self._shadowing.shadow, shadows, errand, landing, call))


def sampling_of(loop: Loop, calls: Calls, ratings: Ratings, clocks: Clocks) -> Sampling:
    """One that hears of every answer of a loop."""
    beside = Beside(loop, calls, clocks, Random())
    shadowing = Shadowing(beside, ratings, ToldBeside(loop.engine))
    made = Sampling(beside, Scoring(beside, ratings), shadowing)
    loop.sampled = made.landed
    return made
