"""A report as a picture."""

from itertools import cycle, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pantler.core.errors import ConfigError
from pantler.simulator.figures import as_svg, new_figure
from pantler.simulator.writable import writing

if TYPE_CHECKING:
    from pantler.simulator.report import Report

IMAGES = (".pdf", ".png", ".svg")
MARKERS, COLOURS = "os^", [f"C{number}" for number in range(10)]
BOUND_STYLES = {"pfoo": "-", "belady": "--", "static": ":"}


def checked_image(path: Path) -> Path:
    """The path itself; ConfigError where its ending names no format that can be drawn."""
    if path.suffix.lower() not in IMAGES:
        raise ConfigError(f"'{path}' names no format that can be drawn; end it in {', '.join(IMAGES)}")
    return path


def draw(report: "Report", path: str | Path) -> None:
    """Cost saved over capacity, a line to a policy, into a file (.png, .svg, .pdf)."""
    if not isinstance(path, str | Path):
        raise ConfigError(f"{path!r} is no path of a picture; write for example plot('saved.png')")
    drawn = figure(report)
    with writing(checked_image(Path(path))):
        drawn.savefig(path, dpi=150)


def svg(report: "Report") -> str:
    """The same picture as one <svg> element."""
    return as_svg(figure(report))


def figure(report: "Report") -> Any:
    """A matplotlib Figure; MissingExtra without matplotlib."""
    drawn = new_figure(9.2, 4.6)
    axes = drawn.add_subplot()
    bytes_of = {row.capacity: row.capacity_bytes for row in report.rows}
    capacities = sorted(bytes_of, key=bytes_of.__getitem__)
    _draw_policies(axes, report, capacities)
    _draw_bounds(axes, report, capacities)
    axes.set_xticks(range(len(capacities)), capacities)
    axes.set(xlabel="capacity", ylabel="cost saved, %", title=f"{report.trace}: cost saved by policy, under the bound")
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    drawn.legend(frameon=False, loc="outside right upper")
    return drawn


def _draw_policies(axes: Any, report: "Report", capacities: list[str]) -> None:
    saved = {(row.policy, row.capacity): 100 * row.cost_saved for row in report.rows}
    looks = cycle(product(MARKERS, COLOURS))
    for policy, (marker, colour) in zip(dict.fromkeys(row.policy for row in report.rows), looks, strict=False):
        heights = [saved[policy, capacity] for capacity in capacities]
        errors = [100 * report.errors[policy][capacity] for capacity in capacities] if report.errors else None
        axes.errorbar(
            range(len(capacities)), heights, errors, label=policy, color=colour, marker=marker, markersize=4,
            linewidth=2.6 if policy == "auto" else 1.4, capsize=3,
        )  # fmt: skip


def _draw_bounds(axes: Any, report: "Report", capacities: list[str]) -> None:
    for name, style in BOUND_STYLES.items():
        if name in report.bounds:
            heights = [100 * report.bounds[name][capacity] for capacity in capacities]
            if len(heights) == 1:  # a line of one point is not to be seen
                axes.axhline(heights[0], linestyle=style, color="0.45", label=f"bound: {name}")
            else:
                axes.plot(range(len(heights)), heights, style, color="0.45", label=f"bound: {name}")
