"""The table of real outcomes on the page of hit-amortised choice against the recorded measurements."""

import csv
from pathlib import Path
from zlib import crc32

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "hit-amortised-choice.md").read_text()
HITS = list(csv.DictReader((ROOT / "benchmarks" / "results" / "joint_hits.csv").read_text().splitlines()))
ROWS = list(csv.DictReader((ROOT / "benchmarks" / "results" / "joint.csv").read_text().splitlines()))
Cell = tuple[str, str, str]


def shown(cell: Cell) -> str:
    """The line of a set, a popularity and a penalty."""
    of_cell = [row for row in ROWS if (row["set"], row["popularity"], row["penalty"]) == cell]
    ours = {(row["row"], row["feedback"]): row for row in of_cell}
    figures = [
        f"{float(ours[name, feedback][base]):.3f}" if (name, feedback) in ours else "-"
        for name, feedback, base in (
            ("hit-amortised", "0", "to_paper"),
            ("hit-amortised", "0", "to_pair"),
            ("hit-amortised, single calls", "0", "to_paper"),
            ("hit-amortised, single calls", "0", "to_pair"),
            ("hit-amortised", "0.05", "to_paper"),
            ("hit-amortised", "0.05", "to_pair_drops"),
            ("hit-amortised, single calls", "0.05", "to_paper"),
            ("hit-amortised, single calls", "0.05", "to_pair_drops"),
        )
    ]
    return f"| {' | '.join([*cell, *figures])} |"


def test_every_line_of_the_table_is_recorded() -> None:
    cells = {(row["set"], row["popularity"], row["penalty"]) for row in ROWS}
    assert len(cells) == 12
    assert {line for line in PAGE.splitlines() if line.startswith(("| mmlu", "| llm"))} == set(map(shown, cells))


def test_the_picture_is_drawn_from_what_is_recorded() -> None:
    drawn = (ROOT / "docs" / "explanation" / "hit-amortised-choice.svg").read_text()
    recorded = (ROOT / "benchmarks" / "results" / "joint.csv").read_bytes()
    assert f"joint.csv {crc32(recorded):08x}" in drawn, "draw it again: python benchmarks/joint_plot.py"


def test_knowing_the_hits_would_gain_less_than_a_point() -> None:
    assert {tuple(list(row.values())[:4]) for row in HITS} == {tuple(list(row.values())[:4]) for row in ROWS}
    most = max(HITS, key=lambda row: float(row["gain"]))
    said = f"{100 * float(most['gain']):.2f} ± {100 * float(most['gain_error']):.2f} % at most"
    assert said in " ".join(PAGE.split())
    assert float(most["gain"]) < 0.01


def test_knowing_all_requests_would_gain_less_than_a_point_but_where_the_page_says_how_much() -> None:
    costs = {(*list(row.values())[:4], row["row"]): float(row["true_cost"]) for row in ROWS}
    told = [key for key in costs if key[-1] == "hit-amortised, told all requests"]
    assert told
    missed = []
    for *cell, feedback, name in told:
        gained = 1.0 - costs[*cell, feedback, name] / costs[*cell, feedback, "hit-amortised"]
        if gained >= 0.01:
            rated = f"{float(feedback):.0%} rated" if float(feedback) else "none rated"
            missed.append(f"- *{cell[0]}, {cell[1]}, penalty {cell[2]}, {rated}*: {gained:.2%}".replace("%", " %"))
    said = PAGE.partition("**The bottleneck is P(wrong)")[2].partition("## Where it holds")[0]
    assert [line.strip() for line in said.splitlines() if line.strip().startswith("- *")] == missed
