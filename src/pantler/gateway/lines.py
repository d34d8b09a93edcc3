"""What the rows of the ledger are made from: how a request ended, on the terms of the configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec

from pantler.config.tariff import Tariff
from pantler.config.values import Model
from pantler.config.worst_case import NONE, worst_case
from pantler.core.asks import Entry
from pantler.core.cost import Price, at_most
from pantler.core.rows import Asked, Candidate
from pantler.core.usage import asked_tier
from pantler.gateway.overruns import bound_of
from pantler.live.errands import Errand

WEB_SEARCH = "web_search_options"  # which upstreams charge for by the search
MOST = 1 << 40  # tokens: what costs nothing at so many is free


@dataclass(frozen=True)
class Terms:
    """What the rows of a configuration have in common.

    `multiplexers` names what chose for each route, `references` the model that each is measured by; `models` are all
    that may be asked, `tariff` has their prices, `budgeted` are the tenants that have a budget.
    """

    policy: str
    multiplexers: Mapping[str, str]
    references: Mapping[str, str]
    models: Mapping[str, Model]
    tariff: Tariff
    budgeted: frozenset[str]

    def after(self, old: "Terms") -> "Terms":
        """These terms, beside the old ones of routes and models that are gone: calls of them may be under way."""
        return replace(
            self,
            multiplexers={**old.multiplexers, **self.multiplexers},
            references={**old.references, **self.references},
            models={**old.models, **self.models},
            tariff=self.tariff.after(old.tariff),
        )

    def reference(self, errand: Errand, entry: Entry) -> tuple[str, Price | None]:
        """The model that an answer is measured by: itself, where every name is passed on.

        Its price is that of the service tier which the request asks for, where it has one there.
        """
        name = self.references[errand.route.name]
        tier = asked_tier(errand.ask.body)
        price = self.tariff(name, tier)[0]
        if price is None and tier:
            price = self.tariff(name)[0]
        return entry.model if errand.passes_on else name, price

    def as_money(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """The plans with prices as the bill has them, where they rank by tokens: 0 of free models, None of unpriced."""
        if not self._unbilled:
            return candidates
        return tuple([self._billed(each) for each in candidates])

    @cached_property
    def _unbilled(self) -> dict[str, float | None]:
        """The models that are never charged for: by name, what a call of them costs."""
        prices = {name: self.tariff(name)[0] for name in self.models}
        never = {name: price for name, price in prices.items() if price is None or not at_most(price, MOST, MOST)}
        return {name: None if price is None else 0.0 for name, price in never.items()}

    def _billed(self, candidate: Candidate) -> Candidate:
        if all(model in self._unbilled for model in candidate.models):
            costs = [self._unbilled[model] for model in candidate.models]
            return msgspec.structs.replace(candidate, price=None if None in costs else 0.0)
        return candidate

    def worst_case(self, errand: Errand, models: Iterable[str], overrun: Mapping[str, int] = NONE) -> int | None:
        """Nano-dollars that asking each of the models once does not exceed; None where nothing bounds it.

        A service tier of unknown price does not, nor a tool of the upstream's, for which it takes a fee. `overrun` is
        what models wrote beyond their bounds.
        """
        models = list(models)
        if errand.ask.body.get(WEB_SEARCH) is not None and not all(model in self._unbilled for model in models):
            return None
        tier = asked_tier(errand.ask.body)
        calls = [(self.models[model], self.tariff(model)[0]) for model in models]
        asked = [(self.models[model], self.tariff(model, tier)[0]) for model in models]
        if any(standard[1] is not None and special[1] is None for standard, special in zip(calls, asked, strict=True)):
            return None
        own = bound_of(errand)
        bounds = [worst_case(each, errand.most_in, own, errand.choices, overrun) for each in (calls, asked)]
        return None if None in bounds else max(bound for bound in bounds if bound is not None)


class Line(msgspec.Struct, frozen=True, gc=False):
    """How one request ended: where its answer is from and why, with what it led to.

    `entry` is None where there was no answer for the client; `spent` where a model that was asked has no price. `hits`
    were expected of a call's answer, a stored one was believed to be `wrong` by that chance.
    """

    tier: str
    reason: str
    status: int
    entry: Entry | None
    candidates: tuple[Candidate, ...] = ()
    asked: tuple[Asked, ...] = ()
    spent: int | None = 0
    hits: float | None = None
    wrong: float | None = None
