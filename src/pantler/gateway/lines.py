"""What the rows of the ledger are made from: how a request ended, on the terms of the configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec

from pantler.config.tariff import Tariff
from pantler.config.values import Model
from pantler.config.worst_case import worst_case
from pantler.core.asks import Entry
from pantler.core.cost import Price
from pantler.core.rows import Asked, Candidate
from pantler.core.usage import asked_tier
from pantler.live.errands import Errand


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
        """The model that an answer is measured by: itself, where every name is passed on."""
        name = self.references[errand.route.name]
        return entry.model if errand.passes_on else name, self.tariff(name)[0]

    def worst_case(self, errand: Errand, models: Iterable[str]) -> int | None:
        """Nano-dollars that asking each of the models once does not exceed; None where nothing bounds it.

        A service tier of unknown price does not.
        """
        tier = asked_tier(errand.ask.body)
        calls = [(self.models[model], self.tariff(model)[0]) for model in models]
        asked = [(self.models[model], self.tariff(model, tier)[0]) for model in models]
        if any(standard[1] is not None and special[1] is None for standard, special in zip(calls, asked, strict=True)):
            return None
        bounds = [worst_case(each, errand.most_in, errand.most_out, errand.choices) for each in (calls, asked)]
        return None if None in bounds else max(bound for bound in bounds if bound is not None)


class Line(msgspec.Struct, frozen=True, gc=False):
    """How one request ended: where its answer is from and why, with what it led to.

    `entry` is None where there was no answer for the client; `spent` where a model that was asked has no price.
    """

    tier: str
    reason: str
    status: int
    entry: Entry | None
    candidates: tuple[Candidate, ...] = ()
    asked: tuple[Asked, ...] = ()
    spent: int | None = 0
