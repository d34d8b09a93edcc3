"""What multiplexers are told of the routes of a configuration."""

from pathlib import Path
from typing import Any

from pantler.config.values import Choice, Route
from pantler.config.weighing import bounds_of, budget_of, reference_of, use_of, weights_of
from pantler.core.beliefs import Beliefs
from pantler.core.briefs import Brief
from pantler.core.plans import cascades, direct, tiered
from pantler.core.types import Plan
from pantler.estimators.mean import Mean

EVEN = 0.5  # what an error is reckoned at before anything is seen


def brief(route: Route, *, dimensions: int) -> Brief:
    """What the multiplexer of a route is told; `dimensions` is the length of an appraisal's vector, 0 for none."""
    choice, weights = route.multiplexer, weights_of(route.objective)
    prices = {model: Mean(max_keys=choice.max_queries) for model in route.models}
    errors = {model: Mean(EVEN, max_keys=choice.max_queries) for model in route.models}
    erring = _erring(route)
    return Brief(
        models=route.models,
        reference=reference_of(route),
        plans=tuple(_plans(route, consults=erring is not None)),
        weights=weights,
        beliefs=Beliefs(prices, errors, weights.error),
        quality_floor=route.objective.quality_floor,
        few_labels=choice.few_labels,
        max_quality_loss=route.objective.max_quality_loss,
        budget_per_day=budget_of(route.objective),
        bounds=bounds_of(choice),
        horizon=choice.horizon,
        max_queries=choice.max_queries,
        exploration=choice.exploration,
        affinity=choice.affinity,
        prompt_cache_seconds=choice.prompt_cache_seconds,
        amortise=choice.amortise,
        is_fitted=bool(choice.fitted),
        newcomers=frozenset(choice.newcomers),
        dimensions=dimensions,
        erring=erring,
        compares=_compares(choice),
        settings=choice.settings,
    )


def _compares(choice: Choice) -> bool:
    """Whether answers that are equal say the same."""
    return choice.cascades and choice.judge == "agreement" and not choice.tiers


def _erring(route: Route) -> Any:
    """How the models err together, where a route weighs what they have answered: by a fitted file, if that knows."""
    choice = route.multiplexer
    if use_of(route) != "learned" or not choice.fitted or not choice.amortise or route.objective.guarantee is not None:
        return None
    from pantler.fitted import read_fitted  # which stands on NumPy

    found = read_fitted(Path(choice.fitted))
    return None if found.erring is None else found.erring.of(found.models, route.models)


def _plans(route: Route, *, consults: bool) -> list[Plan]:
    choice, use = route.multiplexer, use_of(route)
    if consults and _compares(choice):  # who is asked beside whom is found as they answer
        return direct(route.models)
    tiers = [tiered(each, choice.keep_threshold)] if (each := choice.tiers or _fitted_tiers(route)) else []
    if use == "cascade":
        return tiers or [Plan(route.models, choice.keep_threshold)]
    if use == "single":
        return direct(route.models[:1])
    chains = cascades(route.models, choice.keep_threshold) if choice.cascades else []
    return direct(route.models) + chains + tiers


def _fitted_tiers(route: Route) -> tuple[tuple[str, ...], ...]:
    """Those that a fitted file found to pay, where the route weighs cascades of agreeing models."""
    choice = route.multiplexer
    if use_of(route) != "learned" or not choice.fitted or not choice.cascades or choice.judge != "agreement":
        return ()
    from pantler.fitted import read_fitted  # which stands on NumPy

    found = read_fitted(Path(choice.fitted)).tiers
    return found if all(model in route.models for tier in found for model in tier) else ()
