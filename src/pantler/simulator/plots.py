"""A report as a picture."""

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pantler.core.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from pantler.simulator.report import Report

IMAGES = (".pdf", ".png", ".svg")
BOUND_STYLES = {"pfoo": "-", "belady": "--", "static": ":"}


def checked_image(path: Path) -> Path:
    """The path itself; ConfigError where its ending names no format that can be drawn."""
    if path.suffix.lower() not in IMAGES:
        raise ConfigError(f"'{path}' names no format that can be drawn; end it in {', '.join(IMAGES)}")
    return path


def draw(report: "Report", path: str | Path) -> None:
    """Cost saved over capacity, a line to a policy, into a file (.png, .svg, .pdf)."""
    figure(report).savefig(checked_image(Path(path)), dpi=150)


def svg(report: "Report") -> str:
    """The same picture as one <svg> element."""
    text = StringIO()
    figure(report).savefig(text, format="svg", transparent=True)
    return text.getvalue()[text.getvalue().index("<svg") :]


def figure(report: "Report") -> Any:
    """A matplotlib Figure; MissingExtra without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a plot", "simulator") from error
    drawn = Figure(figsize=(8, 4.6), layout="constrained")
    axes = drawn.add_subplot()
    capacities = list(report.bounds["pfoo"])
    places = range(len(capacities))
    for policy in dict.fromkeys(row.policy for row in report.rows):
        saved = [100 * row.cost_saved for row in report.rows if row.policy == policy]
        width = 2.6 if policy == "auto" else 1.4
        errors = [100 * report.errors[policy][capacity] for capacity in capacities] if report.errors else None
        axes.errorbar(places, saved, errors, marker="o", markersize=4, linewidth=width, capsize=3, label=policy)
    for name, style in BOUND_STYLES.items():
        if name in report.bounds:
            bound = [100 * report.bounds[name][capacity] for capacity in capacities]
            axes.plot(places, bound, style, color="0.45", label=f"bound: {name}")
    axes.set_xticks(list(places), capacities)
    axes.set(xlabel="capacity", ylabel="cost saved, %", title=f"{report.trace}: cost saved by policy, under the bound")
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right", ncols=2)
    return drawn
