"""What the true cost of hit-amortised choice is made of, on recorded outcomes: where ratings and estimators could help.

Shares of a row's true cost: what is paid; wrong serves where every model's answer is as wrong; others before anything
was said of an answer to their question; and the rest. Prints commit, versions and seed; writes results/joint_parts.csv.

    python benchmarks/joint_parts.py [OUTCOMES_FOLDER]
"""

from collections.abc import Iterator

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, write
from joint import PENALTIES, SEED, SETS, ZIPFS, nothing, turns
from multiplexers import RESULTS, splits

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.joint.known import Known, known
from pantler.simulator.joint.lane import Draw, Terms, served
from pantler.simulator.joint.lineup import PAPER, Contestant, together
from pantler.texts.reading import Reading

SHOWN = (PAPER, "hit-amortised", "hit-amortised, single calls")
FEEDBACK = (0.0, 0.05)


def parts(row: Contestant, draws: list[Draw], terms: Terms) -> dict[str, float]:
    """The shares, of the sums over mappings, and the mean true cost in mean calls of the reference model."""
    runs = [served(row.policy, row.rule, row.options, draw, terms) for draw in draws]
    columns = [(run.price, run.unavoidable, run.unheard, run.wrong) for run in runs]
    price, unavoidable, unheard, wrong = np.array(columns).mean(axis=0)
    total = price + terms.penalty * wrong
    shares = {"paid": price, "unavoidable": terms.penalty * unavoidable, "unheard": terms.penalty * unheard}
    shares["rest"] = total - sum(shares.values())
    return {"true_cost": float(total), **{name: float(part / total) for name, part in shares.items()}}


def cells(fitted: Known, difficulty: np.ndarray) -> Iterator[dict[str, object]]:
    """Every popularity, penalty, share of ratings and row."""
    for popularity in ZIPFS:
        draws = turns(popularity, difficulty).scored
        for penalty in PENALTIES:
            for feedback in FEEDBACK:
                terms = Terms(penalty, feedback, len(draws[0].questions) // 10)
                for row in together(fitted, penalty):
                    if row.multiplexer in SHOWN:
                        about = {"popularity": popularity, "penalty": penalty, "feedback": feedback}
                        yield {**about, "row": row.multiplexer, **parts(row, draws, terms)}


def main() -> None:
    """Both sets."""
    options = parsed(outcome_arguments(__doc__, RESULTS / "joint_parts.csv"))
    origin = announced(SEED)
    rows: list[dict[str, object]] = []
    for name in SETS:
        train, test = splits(options.folder, name)
        fitted = known(train, test, Reading(WordLlama()), nothing)
        for cell in cells(fitted, test.scores.mean(axis=1)):
            rows.append(
                {"set": name, **{key: f"{it:.4g}" if isinstance(it, float) else it for key, it in cell.items()}}
            )
            print(*rows[-1].values(), flush=True)
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
