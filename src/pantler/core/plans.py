"""The plans that a list of models allows."""

from collections.abc import Sequence
from itertools import combinations

from pantler.core.types import Plan


def direct(models: Sequence[str]) -> list[Plan]:
    """Each model alone."""
    return [Plan((model,)) for model in models]


def cascades(models: Sequence[str], keep_threshold: float) -> list[Plan]:
    """Each pair in its order, then all of them where they are more than two."""
    pairs = [Plan(pair, keep_threshold) for pair in combinations(models, 2)]
    return pairs + ([Plan(tuple(models), keep_threshold)] if len(models) > 2 else [])
