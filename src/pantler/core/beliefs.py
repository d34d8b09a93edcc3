"""What each model is believed to charge and how often it is believed to err, query by query.

    c_m(q) = price_m(q) + w_e e_m(q)                                                              (theory 2.1)

A rating says "wrong" of a wrong answer with chance r, its reliability, so that Bayes' rule moves the belief p in a
stored answer to p r / (p r + (1 - p)(1 - r)), or with 1 - r for r where it says "right".
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from pantler.core.errors import ConfigError, OutcomeError
from pantler.core.seams import Estimator, Learner
from pantler.core.types import Key, Outcome, Rating, Serve


def posterior(wrong: float, rating: Rating) -> float:
    """The chance that an answer is wrong after one more rating; `good` in between mixes what 0 and 1 would tell."""
    said_wrong = _updated(wrong, rating.reliability)
    said_right = _updated(wrong, 1.0 - rating.reliability)
    return (1.0 - rating.good) * said_wrong + rating.good * said_right


def told(stored: Serve, wrong: float, rating: Rating) -> Serve:
    """A stored answer of which somebody has spoken, and what is believed of it since."""
    labels = int(rating.is_label)
    return replace(stored, wrong=wrong, ratings=stored.ratings + labels, hints=stored.hints + 1 - labels)


def tells_anew(rating: Rating, stored: Serve | None) -> bool:
    """Whether it is the first label of an answer, which its model is taught by; what further ones say repeats a draw.

    `stored` is the answer where it is still stored; of one that has left only the rating knows.
    """
    return rating.is_label and (not rating.repeats if stored is None else stored.ratings == 0)


def _updated(wrong: float, likelihood: float) -> float:
    """Bayes' rule; where a certain word stands against a certain belief, the later one holds."""
    if_wrong = wrong * likelihood
    if_right = (1.0 - wrong) * (1.0 - likelihood)
    either = if_wrong + if_right
    return if_wrong / either if either else likelihood


class Beliefs:
    """One estimator of price and one of error for each model, and `wrong_cost`, the w_e of one wrong serve.

    `prices` sets the models and their order, the earlier winning ties. Without `errors` a charge is the whole cost, as
    in the paper; with them charges are what was paid, and whether the answer was wrong comes apart.
    """

    def __init__(
        self, prices: Mapping[str, Estimator], errors: Mapping[str, Estimator] | None = None, wrong_cost: float = 0.0
    ) -> None:
        if not prices:
            raise ConfigError("a multiplexer needs at least one model; name one with its price")
        if errors is not None and errors.keys() != prices.keys():
            raise ConfigError(f"errors are estimated for {sorted(errors)}, prices for {sorted(prices)}; name the same")
        self.models = tuple(prices)
        self.wrong_cost = wrong_cost
        self._prices = prices
        self._errors = errors

    def price(self, model: str, key: Key) -> float:
        """What asking the model is believed to charge."""
        return self._prices[model].estimate(key)

    def error(self, model: str, key: Key) -> float:
        """The chance that the model's answer is believed to be wrong."""
        return 0.0 if self._errors is None else self._errors[model].estimate(key)

    def cost(self, model: str, key: Key, serves: float = 1.0) -> float:
        """Expected cost of one answer that is served so many times: the price once, the error on every serve."""
        return self.price(model, key) + serves * self.wrong_cost * self.error(model, key)

    def best(self, key: Key, serves: float = 1.0) -> str:
        """The model whose answer, served so many times, costs least."""
        return min(self.models, key=lambda model: self.cost(model, key, serves))

    def least(self, key: Key) -> float:
        """Expected cost of the model that costs least for one serve."""
        return self.cost(self.best(key), key)

    def brought(self, outcome: Outcome) -> Serve:
        """What is believed of the answer that a call brought; nothing is learned from it."""
        key, model = outcome.query.key, outcome.model
        self._known(model)
        if outcome.wrong is not None:
            return Serve(outcome.query, model, 0.0, wrong=outcome.wrong, ratings=1)
        return Serve(outcome.query, model, 0.0, wrong=self.error(model, key))

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        """Fold in what a call cost, or a rating of the `stored` answer.

        Returns what is now believed of the answer, what it saves yet to be filled in.
        """
        if isinstance(event, Rating):
            return self._rated(event, stored)
        for model, charge in event.charged:
            self._known(model)
            self._prices[model].observe(event.query.key, charge)
        if event.wrong is not None:
            self._label(event.model, event.query.key, event.wrong)
        return self.brought(event)

    def wrong(self, stored: Serve) -> float:
        """The chance that a stored answer is believed wrong: its model's by now, until it is rated itself."""
        return stored.wrong if stored.is_told else self.error(stored.model, stored.query.key)

    def snapshot(self) -> Any:
        """What the estimators have learned, by model; those of them that can be asked."""
        return [
            {model: each.snapshot() for model, each in by_model.items() if isinstance(each, Learner)}
            for by_model in (self._prices, self._errors or {})
        ]

    def restore(self, kept: Any) -> None:
        """Take up what was learned of those models that are still there."""
        prices, errors = kept
        for by_model, learned in ((self._prices, prices), (self._errors or {}, errors)):
            for model, each in by_model.items():
                if isinstance(each, Learner) and model in learned:
                    each.restore(learned[model])

    def _rated(self, rating: Rating, stored: Serve | None) -> Serve | None:
        """Move the belief in the answer; its model is taught once per answer."""
        key, model = rating.query.key, rating.model
        self._known(model)
        wrong = posterior(self.error(model, key) if stored is None else self.wrong(stored), rating)
        if tells_anew(rating, stored):
            self._label(model, key, wrong)
        return None if stored is None else told(stored, wrong, rating)

    def _label(self, model: str, key: Key, wrong: float) -> None:
        self._known(model)
        if self._errors is not None:
            self._errors[model].observe(key, wrong)

    def _known(self, model: str) -> None:
        if model not in self._prices:
            raise OutcomeError(f"no model named {model!r} is configured; known: {', '.join(self.models)}")
