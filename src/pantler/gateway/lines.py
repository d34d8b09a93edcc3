"""What the rows of the ledger are made from: how a request ended, on the terms of the configuration.

Plain classes, read for every request: compiled, their fields are where machine code knows them to be.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace
from mypy_extensions import mypyc_attr

from pantler.config.tariff import Tariff
from pantler.config.values import Model
from pantler.config.worst_case import NONE, worst_case
from pantler.core.asks import Entry
from pantler.core.cost import Price, at_most
from pantler.core.rows import Asked, Candidate
from pantler.core.usage import asked_tier
from pantler.gateway.overruns import bound_of
from pantler.live.errands import Errand

WEB_SEARCH: Final = "web_search_options"  # which upstreams charge for by the search
MOST: Final = 1 << 40  # tokens: what costs nothing at so many is free


class Terms:
    """What the rows of a configuration have in common.

    `multiplexers` names what chose for each route, `references` the model that each is measured by; `models` are all
    that may be asked, `tariff` has their prices, `budgeted` are the tenants that have a budget.
    """

    def __init__(  # noqa: PLR0913 - what a configuration has to say
        self,
        *,
        policy: str,
        multiplexers: Mapping[str, str],
        references: Mapping[str, str],
        models: Mapping[str, Model],
        tariff: Tariff,
        budgeted: frozenset[str],
    ) -> None:
        self.policy = policy
        self.multiplexers = dict(multiplexers)
        self.references = dict(references)
        self.models = dict(models)
        self.tariff = tariff
        self.budgeted = budgeted
        self._never_billed: dict[str, float | None] | None = None

    def after(self, old: "Terms") -> "Terms":
        """These terms, beside the old ones of routes and models that are gone: calls of them may be under way."""
        return Terms(
            policy=self.policy,
            multiplexers={**old.multiplexers, **self.multiplexers},
            references={**old.references, **self.references},
            models={**old.models, **self.models},
            tariff=self.tariff.after(old.tariff),
            budgeted=self.budgeted,
        )

    def reference(self, errand: Errand, entry: Entry) -> tuple[str, Price | None]:
        """The model that an answer is measured by: itself, where every name is passed on.

        Its price is that of the service tier which the request asks for, where it has one there.
        """
        name = self.references[errand.route_name]
        tier = asked_tier(errand.ask.body)
        price = self.tariff(name, tier)[0]
        if price is None and tier:
            price = self.tariff(name)[0]
        return entry.model if errand.passes_on else name, price

    def as_money(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """The plans with prices as the bill has them, where they rank by tokens: 0 of free models, None of unpriced."""
        if not self._unbilled():
            return candidates
        return tuple([self._billed(each) for each in candidates])

    def _unbilled(self) -> dict[str, float | None]:
        """The models that are never charged for: by name, what a call of them costs."""
        if self._never_billed is None:
            self._never_billed = self._without_bills()
        return self._never_billed

    def _without_bills(self) -> dict[str, float | None]:
        prices = {name: self.tariff(name)[0] for name in self.models}
        never = {name: price for name, price in prices.items() if price is None or not at_most(price, MOST, MOST)}
        return {name: None if price is None else 0.0 for name, price in never.items()}

    def _billed(self, candidate: Candidate) -> Candidate:
        unbilled = self._unbilled()
        if all(model in unbilled for model in candidate.models):
            costs = [unbilled[model] for model in candidate.models]
            return replace(candidate, price=None if None in costs else 0.0)
        return candidate

    def worst_case(self, errand: Errand, models: Iterable[str], overrun: Mapping[str, int] = NONE) -> int | None:
        """Nano-dollars that asking each of the models once does not exceed; None where nothing bounds it.

        A service tier of unknown price does not, nor a tool of the upstream's, for which it takes a fee. `overrun` is
        what models wrote beyond their bounds.
        """
        models = list(models)
        if errand.ask.body.get(WEB_SEARCH) is not None and not all(model in self._unbilled() for model in models):
            return None
        tier = asked_tier(errand.ask.body)
        calls = [(self.models[model], self.tariff(model)[0]) for model in models]
        asked = [(self.models[model], self.tariff(model, tier)[0]) for model in models]
        if any(standard[1] is not None and special[1] is None for standard, special in zip(calls, asked, strict=True)):
            return None
        own = bound_of(errand)
        bounds = [worst_case(each, errand.most_in, own, errand.choices, overrun) for each in (calls, asked)]
        return None if None in bounds else max(bound for bound in bounds if bound is not None)


@mypyc_attr(acyclic=True)
class Line:
    """How one request ended: where its answer is from and why, with what it led to.

    `entry` is None where there was no answer for the client; `spent` where a model that was asked has no price. `hits`
    were expected of a call's answer, a stored one was believed to be `wrong` by that chance.
    """

    __slots__ = ("asked", "candidates", "entry", "hits", "reason", "spent", "status", "tier", "wrong")

    def __init__(  # noqa: PLR0913, PLR0917 - what one request has to say
        self,
        tier: str,
        reason: str,
        status: int,
        entry: Entry | None,
        candidates: tuple[Candidate, ...] = (),
        asked: tuple[Asked, ...] = (),
        spent: int | None = 0,
        hits: float | None = None,
        wrong: float | None = None,
    ) -> None:
        self.tier = tier
        self.reason = reason
        self.status = status
        self.entry = entry
        self.candidates = candidates
        self.asked = asked
        self.spent = spent
        self.hits = hits
        self.wrong = wrong
