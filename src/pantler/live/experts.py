"""Says what is expected of each of a route's models on a text: by what was fitted, or by prices alone.

    price_m = money(price list of m, tokens in, mean tokens out of m), in nano-dollars

A newcomer is as likely wrong as the fitted models of its price, and answers at their mean length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import odds
from pantler.core.cost import Price, Tokens, money
from pantler.core.traits import Traits
from pantler.core.types import Appraisal
from pantler.core.usage import TOKENS_OUT, tokens_of_bytes
from pantler.fitted import Fitted
from pantler.learning.guesses import by_siblings, by_tiers
from pantler.texts.reading import Reading


@dataclass(frozen=True)
class Scale:
    """The models of a route in their order, with what each charges, and the place of the reference model."""

    models: tuple[str, ...]
    prices: tuple[Price, ...]
    reference: int


class Expert:
    """Appraises the texts of one route; it computes, so never on the event loop."""

    def __init__(self, scale: Scale, reading: Reading, fitted: Fitted | None = None) -> None:
        self._scale = scale
        self._reading = reading
        self._fitted = fitted
        known = () if fitted is None else fitted.models
        self._known = [known.index(model) if model in known else -1 for model in scale.models]

    def tokens_of(self, text: str) -> int:
        """About how many tokens a model reads."""
        return tokens_of_bytes(len(text.encode()))

    def kept(self, tokens: int) -> tuple[float, ...]:
        """What each model charges less for so many tokens that its provider has read before, in nano-dollars."""
        return tuple(
            float(money(price, Tokens(tokens, 0)) - money(price, Tokens(tokens, 0, cached_in=tokens)))
            for price in self._scale.prices
        )

    def appraise(self, text: str, tokens_in: int, most_out: int | None = None) -> Appraisal:
        """Of a text that is so many tokens, to be answered with so many at most."""
        traits = self._reading.one(text)
        lengths = [round(each if most_out is None else min(each, most_out)) for each in self._tokens_out(traits)]
        pairs = list(zip(self._scale.prices, lengths, strict=True))
        prices = [float(money(price, Tokens(tokens_in, length))) for price, length in pairs]
        read = [float(money(price, Tokens(tokens_in, 0))) for price, _ in pairs]
        writing = tuple([whole - before for whole, before in zip(prices, read, strict=True)])
        if self._fitted is None:
            chances = by_tiers(prices, self._scale.reference).tolist()
            return Appraisal(tuple(chances), tuple(prices), traits.vector, writing=writing, models=self._scale.models)
        chances = self._placed(self._fitted.mean.wrong(traits), prices)
        return Appraisal(tuple(chances), tuple(prices), writing=writing, models=self._scale.models)

    def _tokens_out(self, traits: Traits) -> list[float]:
        """How long each model's answer may be expected to be, a newcomer's as long as the others' are on average."""
        if self._fitted is None:
            return [float(TOKENS_OUT)] * len(self._known)
        tokens = self._fitted.tokens(traits)
        if min(self._known) >= 0:
            return [tokens[at] for at in self._known]
        mean = float(np.mean(tokens))
        return [mean if at < 0 else tokens[at] for at in self._known]

    def _placed(self, wrong: NDArray[np.float32], prices: Sequence[float]) -> list[float]:
        """The chances in the order of the route, newcomers by their siblings."""
        if min(self._known) >= 0:
            return [float(wrong[at]) for at in self._known]
        siblings = [place for place, at in enumerate(self._known) if at >= 0]
        said = odds(wrong[[self._known[place] for place in siblings]]).astype(float)
        near = [prices[place] for place in siblings]
        return [
            float(wrong[at]) if at >= 0 else 1.0 / (1.0 + float(np.exp(-by_siblings(said, near, prices[place]))))
            for place, at in enumerate(self._known)
        ]
