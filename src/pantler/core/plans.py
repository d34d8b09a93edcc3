"""The plans that a list of models allows."""

from collections.abc import Sequence
from itertools import combinations

from pantler.core.types import Plan


def tiered(tiers: Sequence[Sequence[str]], keep_threshold: float) -> Plan:
    """Ensembles one after the other, each asked at once."""
    models = tuple(model for tier in tiers for model in tier)
    return Plan(models, keep_threshold, tuple(len(tier) for tier in tiers))


def reaches(plan: Plan) -> Sequence[int]:
    """For each model of a plan the place whose answers decide whether it is asked: its tier's first, or its own."""
    if not plan.tiers:
        return range(len(plan.models))
    starts = [sum(plan.tiers[:tier]) for tier in range(len(plan.tiers))]
    return [start for start, size in zip(starts, plan.tiers, strict=True) for _ in range(size)]


def direct(models: Sequence[str]) -> list[Plan]:
    """Each model alone."""
    return [Plan((model,)) for model in models]


def cascades(models: Sequence[str], keep_threshold: float) -> list[Plan]:
    """Each pair in its order, then all of them where they are more than two."""
    pairs = [Plan(pair, keep_threshold) for pair in combinations(models, 2)]
    return pairs + ([Plan(tuple(models), keep_threshold)] if len(models) > 2 else [])
