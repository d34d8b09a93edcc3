"""What a simulation found."""

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec


@dataclass(frozen=True)
class Row:
    """What one policy saved at one capacity; ratios 0..1, cold misses included, `seconds` of CPU.

    `capacity` is as it was given; `bound_saved` is cost-weighted PFOO-L, which no policy exceeds.
    """

    policy: str
    capacity: str
    capacity_bytes: int
    hit_ratio: float
    byte_hit_ratio: float
    cost_saved: float
    bound_saved: float
    share_of_bound: float
    requests: int
    seconds: float


@dataclass(frozen=True)
class Report:
    """The rows of a simulation, with what must be known beside them.

    `bounds` holds, by name, the share of cost saved at each capacity in the order given; `errors`, of a sampled trace
    only, two standard errors of `cost_saved` by policy and capacity; `notes` are sentences on where sizes and costs
    come from, `bad_rows` those on what was left out of the recording.
    """

    trace: str
    rows: tuple[Row, ...]
    bounds: dict[str, dict[str, float]]
    notes: tuple[str, ...] = ()
    bad_rows: tuple[str, ...] = ()
    errors: dict[str, dict[str, float]] | None = None

    def to_json(self) -> str:
        """{"schema": 1, "rows": [...]} with the trace's name, its notes, the bounds and the errors beside."""
        return msgspec.json.encode({"schema": 1, **asdict(self)}).decode()

    def plot(self, path: str | Path) -> None:
        """Draw cost saved over capacity, the bounds above, into a file whose ending names the format.

        Raises ConfigError for an ending that names none, and for a file that cannot be written.
        """
        from pantler.simulator.plots import draw

        draw(self, path)

    def _repr_html_(self) -> str:
        from pantler.simulator.page import body

        return body(self)
