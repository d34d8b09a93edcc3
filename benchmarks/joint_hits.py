"""What hit-amortised choice would gain if it were told the hits to come, on recorded outcomes.

The hits are those that its answers have while they stay if it is told nothing (theory 2.2's h). The gain is in true
cost, paired by mapping; what it would gain if it were told all requests to come, which no h tells, joint.py records.
Prints commit, versions and seed; writes results/joint_hits.csv.

    python benchmarks/joint_hits.py [OUTCOMES_FOLDER] [TRACE] [SET ...]

Rows of sets that are not named stay as they were.
"""

from collections.abc import Iterator

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, recorded, write
from joint import FEEDBACK, OF_TRACE, PENALTIES, SEED, SETS, TRACE, ZIPFS, Turns, called, nothing, ratio, rounded, turns
from multiplexers import RESULTS, splits

from pantler.embedders.wordllama import WordLlama
from pantler.simulator.joint.evaluation import foretold
from pantler.simulator.joint.known import Known, known
from pantler.simulator.joint.lane import Terms, served
from pantler.simulator.joint.lineup import Contestant, together
from pantler.texts.reading import Reading

TOLD = "hit-amortised, told the hits"


def gain(row: Contestant, of: Turns, terms: Terms) -> tuple[float, float]:
    """Of the row over the same that is told nothing, with its standard error."""
    costs = np.empty((2, len(of.scored)))
    for turn, draw in enumerate(of.scored):
        untold, knowing = foretold(row, draw, terms)
        told = served(row.policy, row.rule, row.options, knowing, terms)
        costs[:, turn] = [came.price + terms.penalty * came.wrong for came in (untold, told)]
    left, error = ratio(costs[1], costs[0])
    return 1.0 - left, error


def cells(fitted: Known, difficulty: np.ndarray, trace: str) -> Iterator[dict[str, object]]:
    """Every popularity, penalty and share of ratings."""
    for popularity in (*ZIPFS, trace):
        of = turns(popularity, difficulty)
        for penalty in PENALTIES:
            told = next(row for row in together(fitted, penalty) if row.multiplexer == TOLD)
            for feedback in FEEDBACK if popularity in ZIPFS else OF_TRACE:
                about = {"popularity": called(popularity), "penalty": penalty, "feedback": feedback}
                about |= {"mappings": len(of.scored), "requests": len(of.scored[0].keys)}
                terms = Terms(penalty, feedback, len(of.scored[0].questions) // 10)
                found, error = gain(told, of, terms)
                yield {**about, "gain": found, "gain_error": error}


def main() -> None:
    """The sets under every popularity."""
    parser = outcome_arguments(__doc__, RESULTS / "joint_hits.csv")
    parser.add_argument("trace", nargs="?", default=TRACE, help="whose popularity is tried beside two made ones")
    parser.add_argument("sets", nargs="*", metavar="SET", default=SETS)
    options = parsed(parser)
    origin = announced(SEED)
    rows: list[dict[str, object]] = [dict(row) for row in recorded(options.out) if row["set"] not in options.sets]
    for name in options.sets:
        train, test = splits(options.folder, name)
        fitted = known(train, test, Reading(WordLlama()), nothing)
        for row in cells(fitted, test.scores.mean(axis=1), options.trace):
            rows.append(rounded({"set": name, **row}) | origin)
            print(*list(rows[-1].values())[:8], flush=True)
            write(options.out, sorted(rows, key=lambda row: SETS.index(str(row["set"]))), origin)


if __name__ == "__main__":
    main()
