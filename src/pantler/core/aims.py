"""What a route weighs, and what it gives its models to show themselves."""

from dataclasses import dataclass, field

from mypy_extensions import mypyc_attr

from pantler.core.cost import Weights


@mypyc_attr(allow_interpreted_subclasses=True)
@dataclass(frozen=True)
class Aims:
    """`quality_floor` is the least expected share of right answers, `few_labels` how few labels tell nothing yet."""

    weights: Weights = field(default_factory=Weights)
    quality_floor: float = 0.0
    few_labels: int = 30

    @property
    def truth_matters(self) -> bool:
        """Whether it makes a difference that an answer is wrong."""
        return self.weights.error > 0.0 or self.quality_floor > 0.0
