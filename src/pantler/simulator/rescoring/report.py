"""What a replay of a ledger says: estimates, how far they reach, and the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import msgspec

from pantler.core.cost import Weights
from pantler.core.errors import TraceError
from pantler.simulator.rescoring.estimates import CLIP, Estimate, Rescored, estimates
from pantler.simulator.rescoring.promoting import Promotion, promotion


@dataclass(frozen=True)
class Report:
    """Of a multiplexer beside the static choice; shares are of `decisions`."""

    multiplexer: str
    static: str
    decisions: int
    effective: float
    possible_share: float
    rated_share: float
    clipped: int
    rows: list[Estimate]
    verdict: Promotion
    notes: Sequence[str]

    def to_json(self) -> str:
        """One object."""
        return msgspec.json.encode(asdict(self)).decode()

    def title(self) -> str:
        """What the table is of."""
        return (
            f"{self.multiplexer} at {self.decisions:,} misses, worth {self.effective:,.0f} of its own;"
            f" {self.rated_share:.1%} have a rating"
        )

    def lines(self) -> list[str]:
        """The verdict, and what bounds the estimates."""
        lines = self.verdict.lines(self.multiplexer, self.static)
        if self.clipped:
            lines.append(
                f"{self.clipped} weights are clipped at {CLIP:g}, which leans the estimates on what was tried often"
            )
        if all(row.measure != "wrong" for row in self.rows):
            lines.append("too few ratings tell how often it would be wrong")
        return [*lines, *self.notes]


def report(names: tuple[str, str], found: tuple[Rescored, Rescored], weights: Weights, notes: Sequence[str]) -> Report:
    """Of the first beside the second; TraceError where the ledger tells too little of the first."""
    ours, static = found
    if lacking := ours.lacking():
        raise TraceError(f"not enough overlap: {lacking}")
    return Report(
        *names,
        decisions=len(ours.weights),
        effective=ours.effective(),
        possible_share=ours.possible,
        rated_share=float(ours.rated.mean()),
        clipped=ours.clipped,
        rows=estimates(ours),
        verdict=promotion(ours, static, weights),
        notes=notes,
    )
