"""A report as one self-contained page."""

from html import escape
from typing import TYPE_CHECKING

from pantler.simulator.plots import svg

if TYPE_CHECKING:
    from pantler.simulator.report import Report, Row

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
tr + tr td { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
figure { background: #fff; border-radius: 8px; margin: 1rem 0; } svg { max-width: 100%; height: auto; }
"""
_HEADS = ("policy", "capacity", "hits", "byte hits", "saved")


def page(report: "Report") -> str:
    """A whole HTML document with nothing to fetch, readable on light and on dark."""
    title = f"pantler simulate: {escape(report.trace)}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>{body(report)}</body></html>\n"
    )


def body(report: "Report") -> str:
    """The picture, the table and the notes."""
    head_cells = "".join(f"<th>{head}</th>" for head in heads(report))
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in cells_of(report)
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in (*report.notes, *report.bad_rows))
    return (
        f"<figure>{svg(report)}</figure><table><thead><tr>{head_cells}</tr></thead><tbody>{rows}</tbody></table>{notes}"
    )


def heads(report: "Report") -> tuple[str, ...]:
    """What stands over the columns of `cells_of`."""
    error = ("± error",) if report.errors else ()
    return (*_HEADS, *error, *report.bounds, "of pfoo", "requests/s")


def cells_of(report: "Report") -> list[tuple[str, ...]]:
    """The rows as people read them, a cell to each of `heads`."""
    return [_cells(report, row) for row in report.rows]


def _cells(report: "Report", row: "Row") -> tuple[str, ...]:
    error = (_percent(report.errors[row.policy][row.capacity]),) if report.errors else ()
    return (
        row.policy,
        row.capacity,
        *map(_percent, (row.hit_ratio, row.byte_hit_ratio, row.cost_saved)),
        *error,
        *(_percent(saved[row.capacity]) for saved in report.bounds.values()),
        f"{100 * row.share_of_bound:.1f} %",
        f"{row.requests / row.seconds:,.0f}" if row.seconds else "",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
