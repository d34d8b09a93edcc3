"""A report as one self-contained page."""

from html import escape
from typing import TYPE_CHECKING

from pantler.simulator.plots import svg

if TYPE_CHECKING:
    from pantler.simulator.simulation import Report

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
tr + tr td { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
figure { background: #fff; border-radius: 8px; margin: 1rem 0; } svg { max-width: 100%; height: auto; }
"""
HEADS = ("policy", "capacity", "hits", "byte hits", "saved", "bound", "of bound", "requests/s")


def page(report: "Report") -> str:
    """A whole HTML document with nothing to fetch, readable on light and on dark."""
    title = f"pantler simulate: {escape(report.trace)}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>{body(report)}</body></html>\n"
    )


def body(report: "Report") -> str:
    """The picture, the table and the notes."""
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in table(report))
    notes = "".join(f"<p>{escape(note)}</p>" for note in (*report.notes, *report.bad_rows))
    return f"<figure>{svg(report)}</figure><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def table(report: "Report") -> list[tuple[str, ...]]:
    """The rows as people read them, a cell to each of HEADS."""
    return [
        (
            row.policy,
            row.capacity,
            *(f"{100 * share:.2f} %" for share in (row.hit_ratio, row.byte_hit_ratio, row.cost_saved, row.bound_saved)),
            f"{100 * row.share_of_bound:.1f} %",
            f"{row.requests / row.seconds:,.0f}" if row.seconds else "",
        )
        for row in report.rows
    ]
