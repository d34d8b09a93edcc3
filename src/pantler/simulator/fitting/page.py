"""The report of a fit as one page with nothing to fetch: calibration, cost and quality, traits, data needs."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from pantler.simulator.evaluation.curve import hull
from pantler.simulator.figures import as_svg, new_figure
from pantler.simulator.fitting.report import OfModel, Report
from pantler.simulator.page import STYLE
from pantler.simulator.writable import writing

NAMED = 6  # single models that the curve names, those that cost least for their score
LAID_OUT = """
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .5rem; padding: .5rem; }
.pictures svg { width: 100%; } .wide { overflow-x: auto; } td { white-space: nowrap; }
h1, strong { overflow-wrap: anywhere; }
"""


def write_page(report: Report, path: Path) -> None:
    """Write the page; ConfigError where it cannot be, MissingExtra without matplotlib."""
    text = page(report)
    with writing(path):
        path.write_text(text, encoding="utf-8")


def page(report: Report) -> str:
    """A whole HTML document, readable on light and on dark."""
    title = f"pantler fit: {escape(report.dataset)}"
    parts = [*_verdict(report), *_calibration(report), *_curve(report), *_traits(report), *_needs(report)]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}{LAID_OUT}</style></head><body><h1>{title}</h1>{''.join(parts)}</body></html>\n"
    )


def _verdict(report: Report) -> Iterable[str]:
    lines = report.checked.verdict.lines("This multiplexer", report.checked.static)
    yield f"<p><strong>{escape(lines[0])}</strong></p>"
    yield from (f"<p>{escape(line)}</p>" for line in (*lines[1:], *report.said))


def _calibration(report: Report) -> Iterable[str]:
    yield "<h2>Calibration</h2><p>Of the answers that were said to be wrong with a chance, how many were: on the line"
    yield " is right. Each dot is a tenth of the labels, across folds; the bars are two deviations of chance.</p>"
    told = [each for each in report.models if each.bins]
    if told:
        yield f'<figure class="pictures">{"".join(map(_drawn, told))}</figure>'
    rows = [
        (each.model, f"{each.labels:,}", f"{each.wrong:.1%}", f"{each.error:.3f}" if each.bins else "", each.charges)
        for each in report.models
    ]
    yield _table(("model", "labels", "wrong", "calibration error beyond noise", "charges"), rows)


def _curve(report: Report) -> Iterable[str]:
    yield "<h2>Quality over cost</h2>"
    if not report.curve:
        yield "<p>Too little is known of models that were not asked; let the route try more.</p>"
        return
    figure, axes = _figure(7.0, 4.0)
    costs, scores = zip(*hull(report.curve), strict=True)
    axes.plot(costs, scores, "o-", markersize=3, label="this multiplexer")
    if report.singles:
        mix = hull(report.singles.values())
        axes.plot(*zip(*mix, strict=True), "--", color="0.5", label="random mix of single models")
        axes.plot(*zip(*report.singles.values(), strict=True), "k.", label="single models")
        most = max(cost for cost, _ in report.singles.values())
        for model, point in [each for each in report.singles.items() if each[1] in mix][:NAMED]:
            side = "right" if point[0] > 0.5 * most else "left"
            axes.annotate(model, point, xytext=(4, -9), textcoords="offset points", fontsize=8, ha=side)
        axes.set_xlim(0.0, 1.05 * most)
    axes.set(xlabel="mean US dollars a request", ylabel="mean score")
    axes.legend(frameon=False)
    yield f"<figure>{as_svg(figure)}</figure>"


def _traits(report: Report) -> Iterable[str]:
    yield "<h2>Traits</h2>"
    if report.kinds:
        rows = [(each.name, f"{each.weight:.2f}", f"{each.log_loss:.4f}") for each in report.kinds]
        yield _table(("kind", "weight", "log-loss"), rows)
        yield "<p>Lower is better. Where all together are no better than the rates alone, texts tell nothing here.</p>"
    if report.surface:
        surface = [(each.name, f"{each.correlation:+.2f}", each.doubt) for each in report.surface]
        yield _table(("of the text", "correlation with wrong answers", ""), surface)


def _needs(report: Report) -> Iterable[str]:
    yield "<h2>Data needs</h2>"
    rows = [(f"{each.queries:,}", f"{each.log_loss:.4f}", f"{each.by_rates:.4f}") for each in report.needs]
    yield _table(("queries", "log-loss", "by rates alone"), rows)
    yield from (f"<p>{escape(line)}</p>" for line in report.need())


def _drawn(model: OfModel) -> str:
    figure, axes = _figure(3.0, 2.8)
    chances, shares, counts = zip(*model.bins, strict=True)
    noise = [(chance * (1.0 - chance) / count) ** 0.5 * 1.96 for chance, count in zip(chances, counts, strict=True)]
    axes.plot([0, 1], [0, 1], "--", color="0.6", linewidth=1)
    axes.errorbar(chances, shares, noise, fmt="o", markersize=3, linewidth=1)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="said chance of a wrong answer", ylabel="share that was wrong")
    axes.set_title(model.model, fontsize=9)
    return as_svg(figure)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    figure = new_figure(width, height, "a page with plots")
    return figure, figure.add_subplot()


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
