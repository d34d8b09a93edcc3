"""The page on the gateway's speed against the recorded measurements that it quotes."""

import csv
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "gateway-speed.md").read_text()
ROWS = list(csv.DictReader((ROOT / "benchmarks" / "results" / "gateway.csv").read_text().splitlines()))
QUOTED = {line for line in PAGE.splitlines() if line.startswith("| ") and line.endswith((" yes |", " NO |", " - |"))}


def shown(row: dict[str, str]) -> str:
    return f"| {row['figure']} | {row['value']} {row['unit']} | {row['line'] or '-'} | {row['holds'] or '-'} |"


def test_every_row_of_the_tables_is_a_recorded_one_and_every_line_is_told() -> None:
    assert {shown(row) for row in ROWS} >= QUOTED
    assert {shown(row) for row in ROWS if row["line"] and "errors" not in row["figure"]} <= QUOTED


def test_what_is_missed_is_told_in_words() -> None:
    told = PAGE.partition("## What is missed")[2]
    missed = [row["figure"] for row in ROWS if row["holds"] == "NO"]
    assert all(f"*{figure}*" in told for figure in missed)
    assert told.count("\n- *") == len(missed)
