"""What a multiplexer is told of the route for which it is to choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pantler.core.beliefs import Beliefs
from pantler.core.cost import Weights
from pantler.core.types import Plan


@dataclass(frozen=True)
class Brief:
    """A route as its configuration has it.

    `plans` are all that it allows, direct calls first; `beliefs` a fresh estimate of each model's price and error.
    `max_quality_loss` and `budget_per_day`, in nano-dollars, are goals from which the weight of an error is to follow.
    `affinity` is how much dearer the model that has answered a conversation may be, whose prompt its provider keeps for
    `prompt_cache_seconds`. `bounds` are what a call costs at least and at most, in nano-dollars, where anybody says.
    `amortise` says that an error counts at every hit to come.
    `newcomers` are models of which nothing was fitted, all of them where `is_fitted` is False;
    `erring` is how the models err together, as it was fitted, None where nobody knows; `compares` says that answers can
    be compared. `dimensions` is the length of an appraisal's vector, 0 where it bears none. `settings` are a third
    party's own.
    """

    models: tuple[str, ...]
    reference: str
    plans: tuple[Plan, ...]
    weights: Weights
    beliefs: Beliefs
    quality_floor: float = 0.0
    few_labels: int = 30
    max_quality_loss: float | None = None
    budget_per_day: float | None = None
    bounds: tuple[float, float] | None = None
    horizon: int = 10_000
    max_queries: int = 10_000
    exploration: float = 0.0
    affinity: float = 0.0
    prompt_cache_seconds: float = 0.0
    amortise: bool = True
    is_fitted: bool = False
    newcomers: frozenset[str] = frozenset()
    dimensions: int = 0
    erring: Any = None  # learning.Erring, which stands on NumPy
    compares: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
