"""Write docs/explanation/reproduction.md from the CSV files beside this script.

    python benchmarks/reproduction/page.py [--check]

With --check nothing is written; the exit status says whether the page is in step.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from string import Template

from _recording import HERE, read

from pantler.simulator.reproduce.report import Table, markdown_table, plus_minus

PAGE = HERE.parents[1] / "docs" / "explanation" / "reproduction.md"
STRATEGIES = ("LFU+m1", "LFU+m2", "LFU+sel", "LEC+m1", "LEC+m2", "LEC+sel")
DATA_STRATEGIES = ("LFU+large", "LFU+cascade", "LFU+sel", "LEC+large", "LEC+cascade", "LEC+sel")
HEADLINE = {"scenario": "offline", "alpha": "0.8", "ratio": "100", "accuracy": "1", "strategy": "LEC+sel"}
LIMIT = 3.0
DIGIT = 10.0  # targets are printed in thousands to two places
Row = dict[str, str]


class Recorded:
    """The rows of one CSV file."""

    def __init__(self, name: str) -> None:
        self.name = f"{name}.csv"
        self.provenance, self.rows = read(name)

    def one(self, **wanted: str) -> Row:
        """Return the only row with these values."""
        (row,) = self.all(**wanted)
        return row

    def all(self, **wanted: str) -> list[Row]:
        """Return the rows with these values."""
        return [row for row in self.rows if wanted.items() <= row.items()]


def mean(row: Row, scale: float = 1.0) -> str:
    """Return a row's mean with its standard error."""
    return plus_minus(float(row["mean"]), float(row["se"]), scale)


def counted(row: Row, value: str = "mean", error: str = "se") -> str:
    """Return a value with its error in whole numbers."""
    return f"{float(row[value]):,.0f} ± {float(row[error]):,.0f}"


def ratio(row: Row, kind: str = "ratio_of_means", digits: int = 1) -> str:
    """Return one of a row's ratios with its bootstrap error."""
    return f"{float(row[kind]):.{digits}f} ± {float(row[f'{kind}_se']):.{digits}f}"


def share(value: str) -> str:
    """Return a share in per cent with its sign."""
    return f"{float(value):+.1%}".replace("%", " %")


def with_published(row: Row, scale: float) -> str:
    """Return a row's mean with the published cell in brackets."""
    return f"{mean(row, scale)} ({float(row['published']) / scale:.2f})"


def wide_table(rows: Sequence[Row], keys: Sequence[str], names: Sequence[str], scale: float) -> str:
    """Return one line per setting with a column per strategy."""
    settings = dict.fromkeys(tuple(row[key] for key in keys) for row in rows)
    cells = {(*(row[key] for key in keys), row["strategy"]): with_published(row, scale) for row in rows}
    return markdown_table(Table([*keys, *names], [[*s, *(cells[*s, name] for name in names)] for s in settings]))


def distances(recorded: Recorded) -> list[float]:
    """Return how far each cell lies from its target, in standard errors."""
    return [abs(float(row["z"])) for row in recorded.rows]


def synthetic() -> dict[str, str]:
    """Return what the page says of the synthetic suite."""
    own, other, corrected = (Recorded(f"synthetic-{name}") for name in ("faithful-0", "faithful-1000", "corrected-0"))
    keys = ("scenario", "alpha", "ratio", "accuracy")
    gain = {**HEADLINE, "alpha": "0.5", "accuracy": "0.8"}
    return {
        "own_digits": str(sum(abs(float(row["mean"]) - float(row["target"])) <= DIGIT / 2 for row in own.rows)),
        "own_took": own.provenance.split(", ")[-1],
        "own_matched": str(sum(z <= LIMIT for z in distances(own))),
        "own_farthest": f"{max(distances(own)):.2f}",
        "other_matched": str(sum(z <= LIMIT for z in distances(other))),
        "other_farthest": f"{max(distances(other)):.2f}",
        "own_ratio": ratio(own.one(**HEADLINE)),
        "own_median": ratio(own.one(**HEADLINE), "median_ratio"),
        "other_ratio": ratio(other.one(**HEADLINE)),
        "other_median": ratio(other.one(**HEADLINE), "median_ratio"),
        "corrected_ratio": ratio(corrected.one(**HEADLINE)),
        "corrected_median": ratio(corrected.one(**HEADLINE), "median_ratio"),
        "gain_faithful": mean(own.one(**gain), 1000),
        "gain_corrected": mean(corrected.one(**gain), 1000),
        "own_file": own.name,
        "own_provenance": own.provenance,
        "corrected_file": corrected.name,
        "corrected_provenance": corrected.provenance,
        "faithful_table": wide_table(own.rows, keys, STRATEGIES, 1000),
        "corrected_table": wide_table(corrected.rows, keys, STRATEGIES, 1000),
        **scatter(own),
    }


def scatter(own: Recorded) -> dict[str, str]:
    """Return how far published cells lie from the means, in deviations of one instance."""
    away = [
        (float(row["published"]) - float(row["mean"])) / (float(row["se"]) * float(row["seeds"]) ** 0.5)
        for row in own.rows
    ]
    square = sum(distance**2 for distance in away) / len(away)
    return {
        "published_farthest": f"{max(map(abs, away)):.2f}",
        "published_spread": f"{square**0.5:.2f}",
        "published_instances": f"{1 / square:.0f}",
    }


def notebook() -> dict[str, str]:
    """Return what the page says of the figure."""
    ends, regret = Recorded("notebook"), Recorded("regret")
    rows = [
        [row["strategy"], row["mode"], counted(row), f"{float(row['published'] or 'nan'):,.0f}".replace("nan", "-")]
        for row in ends.rows
    ]
    rounds = list(dict.fromkeys(row["round"] for row in regret.rows))
    risen = [[mode, *(counted(row) for row in regret.all(mode=mode))] for mode in ("faithful", "corrected")]
    return {
        "figure_large": counted(ends.one(mode="faithful", strategy="LFU+large")),
        "figure_lec": counted(ends.one(mode="faithful", strategy="LEC+selector")),
        "figure_optimal": counted(ends.one(mode="faithful", strategy="optimal")),
        "rise_faithful": counted(regret.one(mode="faithful", round="10000"), "rise", "rise_se"),
        "rise_corrected": counted(regret.one(mode="corrected", round="10000"), "rise", "rise_se"),
        "notebook_runs": ends.rows[0]["runs"],
        "notebook_provenance": ends.provenance,
        "notebook_table": markdown_table(Table(["strategy", "mode", "after 10,000 rounds", "published"], rows)),
        "regret_table": markdown_table(Table(["mode", *(f"round {at}" for at in rounds)], risen)),
    }


def data_sets() -> dict[str, str]:
    """Return what the page says of the stand-ins."""
    lambada, latency = Recorded("lambada"), Recorded("openassistant")
    best = lambada.one(alpha="0.8", accuracy="1", strategy="LEC+sel")
    large = lambada.one(alpha="0.8", accuracy="1", strategy="LFU+large")
    ends = latency.all(alpha="0.8", strategy="LEC+sel")
    return {
        "lambada_large": f"({mean(large, 1e15)})e15 FLOPs",
        "lambada_selector": f"({mean(best, 1e15)})e15 FLOPs",
        "lambada_ratio": ratio(best, digits=2),
        "lambada_ratio_erring": ratio(lambada.one(alpha="0.8", accuracy="0.8", strategy="LEC+sel"), digits=2),
        "lambada_shortfall": f"{1 - float(large['mean']) / float(large['published']):.0%}".replace("%", " %"),
        "lambada_seeds": large["seeds"],
        "lambada_table": wide_table(lambada.rows, ("alpha", "accuracy"), DATA_STRATEGIES, 1e15),
        "latency_ratios": ", ".join(f"{float(row['ratio_of_means']):.2f}" for row in ends),
        "openassistant_seeds": ends[0]["seeds"],
        "openassistant_table": wide_table(latency.rows, ("stand_in", "alpha"), DATA_STRATEGIES, 1000),
    }


def quirks() -> dict[str, str]:
    """Return what the page says of each quirk's worth."""
    recorded = Recorded("quirks")
    header = ["quirk", "where", "alpha", "ratio", "strategy", "worth"]
    rows = [
        [*(row[key] or "-" for key in header[:-1]), f"{share(row['change'])} ± {share(row['change_se'])[1:]}"]
        for row in sorted(recorded.rows, key=lambda row: row["quirk"])
    ]
    blind = [row for row in recorded.rows if row["quirk"].startswith("6") and row["ratio"] == "100"]
    once = recorded.one(where="Lambada, coin per miss", alpha="0.2")
    cascade, selector = (
        float(recorded.one(where="Lambada", alpha="0.8", strategy=name)["without"])
        for name in ("LEC+cascade", "LEC+sel")
    )
    return {
        "quirks_provenance": recorded.provenance,
        "quirk_table": markdown_table(Table(header, rows)),
        "blind_best": share(str(-min(float(row["change"]) for row in blind)))[1:],
        "blind_lambada": share(str(-float(once["change"])))[1:],
        "penalty_gap": f"{cascade / selector - 1:.0%}".replace("%", " %"),
    }


def page() -> str:
    """Return the page as the CSV files have it."""
    parts: Iterable[Callable[[], dict[str, str]]] = (synthetic, notebook, data_sets, quirks)
    values = {name: value for part in parts for name, value in part().items()}
    return Template((HERE / "page_template.md").read_text()).substitute(values)


def main(arguments: Sequence[str]) -> int:
    """Write the page, or say whether it is in step."""
    written = page()
    if list(arguments) == ["--check"]:
        in_step = PAGE.exists() and PAGE.read_text() == written
        print(f"{PAGE.name} is in step" if in_step else f"{PAGE} is out of step; run {Path(__file__).name}")
        return 0 if in_step else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(written)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
