"""A reproduction's findings as text, Markdown and JSON."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

SCHEMA = 1


class Table(NamedTuple):
    """Rows of text under a header."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


class Report(NamedTuple):
    """What a verb found: a title, a table, sentences on it, and the parts of the JSON document."""

    title: str
    table: Table
    findings: Sequence[str]
    document: dict[str, Sequence[msgspec.Struct]]


def as_json(report: Report) -> str:
    """Return the document with its schema number, indented."""
    return msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, **report.document}), indent=1).decode()


def as_markdown(report: Report) -> str:
    """Return the title, the findings as a list, then the table."""
    findings = "\n".join(f"- {finding}" for finding in report.findings)
    return f"# {report.title}\n\n{findings}\n\n{markdown_table(report.table)}\n"


def markdown_table(table: Table) -> str:
    """Return a table with its first column to the left and all others to the right."""
    rule = ["---", *["---:"] * (len(table.header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (table.header, rule, *table.rows))


def as_text(report: Report) -> str:
    """Return the title, the table in aligned columns, then the findings."""
    rows = [report.table.header, *report.table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([report.title, "", *lines, "", *report.findings])


def plus_minus(mean: float, error: float, scale: float = 1.0) -> str:
    """Return a mean with its standard error, both divided by a scale."""
    return f"{mean / scale:.2f} ± {error / scale:.2f}"
