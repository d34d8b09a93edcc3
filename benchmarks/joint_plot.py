"""Draws the recorded measurements of `joint.py` for the page on hit-amortised choice.

    python benchmarks/joint_plot.py

The picture names the checksum of results/joint.csv that it was drawn from.
"""

import csv
from pathlib import Path
from zlib import crc32

from _arguments import arguments
from matplotlib import rcParams
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "benchmarks" / "results" / "joint.csv"
PICTURE = ROOT / "docs" / "explanation" / "hit-amortised-choice.svg"
SETS = ("mmlu_pro_api", "llmrouter11")
POPULARITY = {"zipf:0.8": "C0", "zipf:1.1": "C1", "scarab-recs": "C2"}
STYLES = {"10": "-", "30": "--"}
RATED = ("0", "0.01", "0.05")


def main() -> None:
    """True cost over the share of serves that are rated, as a share of the paper's rule."""
    picture = arguments(__doc__, PICTURE).parse_args().out
    text = RECORDED.read_text()
    rows = list(csv.DictReader(text.splitlines()))
    shares = {(row["set"], row["popularity"], row["penalty"], row["feedback"], row["row"]): row for row in rows}
    rcParams["svg.hashsalt"] = "pantler"  # so that the same figures make the same file
    figure = Figure(figsize=(9.2, 3.8), layout="constrained")
    for place, name in enumerate(SETS, start=1):
        axes = figure.add_subplot(1, len(SETS), place)
        axes.axhline(1.0, color="0.6", linewidth=1)
        for popularity, colour in POPULARITY.items():
            for penalty, style in STYLES.items():
                cells = [shares.get((name, popularity, penalty, rated, "hit-amortised")) for rated in RATED]
                told = [(at, float(cell["to_paper"])) for at, cell in enumerate(cells) if cell is not None]
                label = f"{popularity}, a wrong serve at {penalty} calls"
                axes.plot(*zip(*told, strict=True), style, color=colour, marker="o", markersize=3, label=label)
        axes.set_xticks(range(len(RATED)), ["none", "1 %", "5 %"])
        axes.set(title=name, xlabel="of serves rated", ylim=(0.35, 1.05))
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("true cost, as a share of the paper's rule")
    figure.legend(
        *figure.axes[0].get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=3, fontsize=8
    )
    drawn_from = f"joint.csv {crc32(text.encode()):08x}"
    figure.savefig(picture, metadata={"Date": None, "Description": drawn_from}, facecolor="white")
    print(f"wrote {picture}")


if __name__ == "__main__":
    main()
