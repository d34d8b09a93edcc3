"""How hit-amortised choice fares against the paper's rule by how often each question is asked, on recorded outcomes.

The longer the stream, the more of its serves come after a rating. Prints commit, versions and seed; writes
results/joint_length.csv.

    python benchmarks/joint_length.py [OUTCOMES_FOLDER]
"""

from collections.abc import Iterator

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, told, write
from joint import PENALTIES, SEED, SETS, ZIPFS, nothing, ratio
from multiplexers import RESULTS, splits
from numpy.typing import NDArray

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.joint.drawing import Mappings, drawing
from pantler.simulator.joint.evaluation import raced
from pantler.simulator.joint.known import Known, known
from pantler.simulator.joint.lane import Draw, Terms
from pantler.simulator.joint.lineup import PAPER, together
from pantler.texts.reading import Reading

LENGTHS = (12, 25, 50, 100)
MAPPINGS = {"mmlu_pro_api": 10, "llmrouter11": 30}
FEEDBACK = 0.05
SHOWN = (PAPER, "hit-amortised")


def cells(name: str, fitted: Known, difficulty: NDArray[np.float64]) -> Iterator[dict[str, object]]:
    """Every popularity, penalty and number of requests for a question."""
    for popularity in ZIPFS:
        for length in LENGTHS:
            mappings = Mappings(MAPPINGS[name], length, seed=SEED)
            draw = drawing(popularity, difficulty, mappings)
            draws = [draw(turn) for turn in range(mappings.count)]
            for penalty in PENALTIES:
                about = {"set": name, "popularity": popularity, "penalty": f"{penalty:.0f}", "feedback": FEEDBACK}
                about |= {"mappings": mappings.count, "requests_per_question": length}
                yield {**about, **compared(fitted, draws, Terms(penalty, FEEDBACK, len(difficulty) // 10))}


def compared(fitted: Known, draws: list[Draw], terms: Terms) -> dict[str, str]:
    """Our true cost as a share of that of the paper's rule, with its standard error."""
    rows = [row for row in together(fitted, terms.penalty) if row.multiplexer in SHOWN]
    came = raced(rows, draws, terms, nothing)
    costs = dict(zip(SHOWN, came[:, :, 0] + terms.penalty * came[:, :, 1], strict=True))
    found, error = ratio(costs["hit-amortised"], costs[PAPER])
    return {"to_paper": f"{found:.4f}", "to_paper_error": f"{error:.4f}"}


def main() -> None:
    """Both sets."""
    options = parsed(outcome_arguments(__doc__, RESULTS / "joint_length.csv"))
    origin = announced(SEED)
    rows = []
    for name in SETS:
        train, test = splits(options.folder, name)
        fitted = known(train, test, Reading(WordLlama()), nothing)
        rows += told(cells(name, fitted, test.scores.mean(axis=1)))
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
