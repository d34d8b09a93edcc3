"""What matchers serve, and how much of it wrongly, on the shared development sets in every order.

One line for each set, order and promise: means over the seeds, the worst run, the share of runs that broke the promise.
The made adversarial pairs follow, a line for each category at the default promise.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _record import provenance

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.rehearsal.adversarial import adversarial_pairs
from pantler.simulator.rehearsal.report import Terms, evaluated
from pantler.simulator.rehearsal.schedules import SCHEDULES
from pantler.simulator.rehearsal.texts import read_texts

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "semantic"
RESULTS = Path(__file__).parent / "results"
SETS = {
    "pararel": "pararel_stream_dev.csv.gz",
    "clinc": "clinc150_dev.csv.gz",
    "banking": "banking77.csv.gz",
    "checklist": "checklist_pairs_dev.csv.gz",
}
PROMISES: tuple[tuple[float, float | None], ...] = ((0.01, None), (0.02, None), (0.05, None), (0.05, 0.05))


def lines(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The means of each set, order and promise; peers beside ours only in the order as drawn."""
    embedder, seeds = WordLlama(), options.seeds
    orders: list[str | None] = [None] if options.as_drawn_only else [None, *SCHEDULES]
    promises = PROMISES[:1] if options.default_promise_only else PROMISES
    for name in options.sets.split(","):
        texts = read_texts(DATA / SETS[name])
        for order in orders:
            for per_request, per_hit in promises:
                is_alone = options.alone or order is not None or per_request > 0.01
                terms = Terms(per_request, per_hit, range(seeds), schedule=order, only_ours=is_alone, pairs=False)
                for row in evaluated(texts, embedder, terms, lambda: None).means():
                    line = {"set": name, "order": order or "as drawn", "per_request": per_request, "per_hit": per_hit}
                    line |= {key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()}
                    print(line, flush=True)
                    yield line


def categories(seeds: int) -> Iterator[dict[str, Any]]:
    """False hits on the made pairs."""
    report = evaluated(adversarial_pairs(), WordLlama(), Terms(seeds=range(seeds)), lambda: None)
    for row in report.categories:
        most = next(iter(row["reasons"]), "")
        yield {**{key: row[key] for key in row if key != "reasons"}, "most_common_reason": most}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"wrote {path}")


def main() -> None:
    """Write results/matcher.csv and results/matcher_categories.csv."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--as-drawn-only", action="store_true")
    parser.add_argument("--default-promise-only", action="store_true")
    parser.add_argument("--alone", action="store_true", help="leave out what ours is compared with")
    options = parser.parse_args()
    origin = provenance(0) | {"seeds": options.seeds}
    _write(RESULTS / "matcher.csv", [line | origin for line in lines(options)])
    _write(RESULTS / "matcher_categories.csv", [line | origin for line in categories(options.seeds)])


if __name__ == "__main__":
    main()
