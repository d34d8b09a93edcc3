"""The rows that requests leave in the ledger, and what the rows of a configuration have in common."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec

from pantler.config.tariff import Tariff
from pantler.config.values import Model
from pantler.config.worst_case import worst_case
from pantler.core.asks import NO_TOKENS, Entry
from pantler.core.cost import Price, Tokens
from pantler.core.rows import Asked, Candidate, Row
from pantler.core.savings import Saved
from pantler.core.usage import asked_tier
from pantler.gateway.exchange import Exchange
from pantler.gateway.wire import Fault
from pantler.live.errands import Errand

NO_KEY = f"{0:032x}"


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


def row_of(errand: Errand, line: Line, saved: Saved, terms: Terms, seconds: float) -> Row:
    """The row of a request that was looked up or asked for."""
    entry, route = line.entry, errand.route.name
    tokens = NO_TOKENS if entry is None or errand.is_renewal else entry.tokens
    reference, price = ("", None) if entry is None else terms.reference(errand, entry)
    return Row(
        decision=errand.decision,
        time=errand.time,
        tenant=errand.tenant,
        route=route,
        key_digest=f"{errand.query.key:032x}",
        size_bytes=0 if entry is None else entry.size_bytes,
        tier=line.tier,
        reason=line.reason,
        status=line.status,
        policy=terms.policy,
        multiplexer=terms.multiplexers[route],
        model="" if entry is None else entry.model,
        tokens_in=tokens.tokens_in,
        tokens_out=tokens.tokens_out,
        candidates=line.candidates,
        asked=line.asked,
        spent=line.spent,
        saved_by_cache=saved.by_cache,
        saved_by_choice=saved.by_choice,
        baseline=saved.baseline,
        basis=saved.basis,
        ratio=saved.ratio,
        seconds=seconds,
        reference=reference,
        reference_price=price,
        tokens=tokens if _is_special(tokens) else None,
        near=None if errand.asking is None else errand.asking.told,
    )


def row_of_refusal(exchange: Exchange, fault: Fault, terms: Terms, seconds: float) -> Row:
    """The row of a request of a known tenant that was refused before anything was looked up or asked."""
    assert exchange.holder is not None, "who is not known has no rows"
    return Row(
        decision=exchange.decision,
        time=exchange.time,
        tenant=exchange.holder.tenant.name,
        route="" if exchange.errand is None else exchange.errand.route.name,
        key_digest=NO_KEY,
        size_bytes=0,
        tier=exchange.tier,
        reason=fault.code,
        status=fault.status,
        policy=terms.policy,
        multiplexer="",
        model="",
        tokens_in=0,
        tokens_out=0,
        candidates=(),
        asked=(),
        spent=0,
        saved_by_cache=0,
        saved_by_choice=0,
        baseline=0,
        basis="estimated",
        ratio=1.0,
        seconds=seconds,
    )


def _is_special(tokens: Tokens) -> bool:
    """Whether there is more to the tokens than in and out."""
    return bool(tokens.cached_in or tokens.cache_write or tokens.cache_write_1h or tokens.reasoning)
