"""The page on sampling against the recorded measurements that it quotes."""

import csv
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "sample-a-huge-trace.md").read_text()
ROWS = list(csv.DictReader((ROOT / "benchmarks" / "results" / "sampling.csv").read_text().splitlines()))


def test_every_row_of_the_table_is_a_recorded_one() -> None:
    quoted = [line for line in PAGE.splitlines() if line.startswith(("| zipf", "| scarab"))]
    recorded = {
        f"| {row['trace']}, {row['rate']} | {100 * float(row['share_of_requests']):.1f} % | {row['capacity']} | "
        f"{100 * float(row['exact']):.2f} % | {100 * float(row['rmse']):.2f} points | "
        f"{100 * float(row['printed']):.2f} points |"
        for row in ROWS
        if row["policy"] == "gdsf_remembered"
    }
    assert len(quoted) == 12
    assert set(quoted) <= recorded


def test_the_errors_printed_are_as_good_as_the_page_says() -> None:
    def held(rows: list[dict[str, str]]) -> str:
        return f"{sum(float(row['rmse']) <= float(row['printed']) for row in rows)} of"

    small = [row for row in ROWS if row["capacity"] == "0.5%"]
    large = [row for row in ROWS if row["capacity"] != "0.5%"]
    text = " ".join(PAGE.split())
    assert len(ROWS) == 72
    assert f"{held(large)} those {len(large)} rows" in text
    assert f"{held(small)} {len(small)}: " in text
    assert f"off by up to {100 * max(float(row['rmse']) for row in ROWS):.1f} points" in text
