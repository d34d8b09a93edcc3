"""Figures of matplotlib's, where it is installed."""

from io import StringIO
from typing import Any

from pantler.core.errors import MissingExtra


def new_figure(width: float, height: float, what: str = "a plot") -> Any:
    """An empty Figure, so many inches; MissingExtra without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra(what, "simulator") from error
    return Figure(figsize=(width, height), layout="constrained")


def as_svg(figure: Any) -> str:
    """The figure as one <svg> element."""
    text = StringIO()
    figure.savefig(text, format="svg", transparent=True)
    return text.getvalue()[text.getvalue().index("<svg") :]
