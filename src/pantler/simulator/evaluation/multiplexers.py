"""Multiplexers held against outcomes that they were not fitted to."""

from pantler.simulator.evaluation.lineup import Bar, Lineup
from pantler.simulator.evaluation.measuring import measured
from pantler.simulator.evaluation.report import Evaluation


def evaluated(lineup: Lineup, bar: Bar) -> Evaluation:
    """Every contender, measured on the test queries."""
    contenders = [*lineup.unskilled(), *lineup.learned(bar), *lineup.ceilings()]
    mix = contenders[0].sweep
    advance = bar("measuring", len(contenders))
    rows = []
    for contender in contenders:
        rows.append(measured(contender, lineup.test, mix))
        advance(1)
    return Evaluation(lineup.test.name, lineup.test.models, rows, contenders)
