"""What a replay of a ledger says: estimates, how far they reach, and the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import msgspec

from pantler.core.cost import Weights
from pantler.core.errors import TraceError
from pantler.simulator.rescoring.estimates import Estimate, estimates
from pantler.simulator.rescoring.expecting import MEASURES
from pantler.simulator.rescoring.promoting import Promotion, promotion
from pantler.simulator.rescoring.told import LEAST_CHANCE, Rescored, Told


@dataclass(frozen=True)
class Report:
    """Of a multiplexer beside the static choice; shares are of `decisions`, `possible_share` that which overlaps."""

    multiplexer: str
    static: str
    decisions: int
    effective: float
    possible_share: float
    rated_share: float
    rows: list[Estimate]
    untold: list[str]
    verdict: Promotion
    notes: Sequence[str]

    def to_json(self) -> str:
        """One object."""
        shown = asdict(self) | {"rows": [row.flat() for row in self.rows]}
        return msgspec.json.encode(shown).decode()

    def title(self) -> str:
        """What the table is of."""
        return (
            f"{self.multiplexer} at {self.decisions:,} misses, worth {self.effective:,.0f} of its own;"
            f" {self.rated_share:.1%} have a rating"
        )

    def lines(self) -> list[str]:
        """The verdict, and what bounds the estimates."""
        lines = self.verdict.lines(self.multiplexer, self.static)
        lines.append(
            f"at {self.possible_share:.1%} of the misses what is chosen had a chance of {LEAST_CHANCE:.0%} or more of"
            " being asked: these overlap"
        )
        carried = [f"{row.carried_share:.1%} for {row.measure}" for row in self.rows if row.carried_share]
        if carried:
            lines.append(
                f"of the misses {', '.join(carried)} rest on what was expected of the plan, corrected by what came"
                " of it where it was asked: no measurement"
            )
        return [*lines, *self.untold, *self.notes]


def report(names: tuple[str, str], found: tuple[Rescored, Rescored], weights: Weights, notes: Sequence[str]) -> Report:
    """Of the first beside the second; TraceError where the ledger tells not even what the first would have charged."""
    ours, static = found
    told = [Told(ours, measure) for measure in MEASURES]
    if told[0].lacking:
        raise TraceError(f"not enough overlap: {told[0].lacking}")
    return Report(
        *names,
        decisions=len(ours.chosen),
        effective=told[0].effective,
        possible_share=float(ours.overlaps.mean()),
        rated_share=float(ours.heard.known("wrong").mean()),
        rows=estimates(ours),
        untold=[f"{each.measure} cannot be told: {each.lacking}" for each in told if each.lacking],
        verdict=promotion(ours, static, weights),
        notes=notes,
    )
