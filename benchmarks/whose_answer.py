"""How many of the sentences of tests/unit/whose_answer.csv the rules on single texts refuse: results/whose_answer.csv.

One row for each part (`held` was written before the rule, which was tuned on `tuned`) and whose answer is asked for:
the asker's own, which is to be refused, or that of all. `refused_strictly` is where a request names its user or tools.

    python benchmarks/whose_answer.py [--out FILE]
"""

import argparse
import csv
from pathlib import Path

from _record import announced, write

from pantler.matching.text_rules import refused_text

ROOT = Path(__file__).resolve().parents[1]
SENTENCES = ROOT / "tests" / "unit" / "whose_answer.csv"


def main() -> None:
    """Count, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "whose_answer.csv")
    options = parser.parse_args()
    origin = announced(0)
    with SENTENCES.open(newline="", encoding="utf-8") as file:
        found = [(each["part"], each["whose"], each["text"]) for each in csv.DictReader(file)]
    rows = []
    for kind in dict.fromkeys((part, whose) for part, whose, _ in found):
        texts = [text for part, whose, text in found if (part, whose) == kind]
        strictly = sum(refused_text(text, strict=True) is not None for text in texts)
        refused = sum(refused_text(text) is not None for text in texts)
        counts = {"sentences": len(texts), "refused": refused, "refused_strictly": strictly}
        rows.append(dict(zip(("part", "whose"), kind, strict=True)) | counts)
        print(rows[-1], flush=True)
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
