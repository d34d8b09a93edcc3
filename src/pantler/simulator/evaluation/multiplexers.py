"""Multiplexers held against outcomes that they were not fitted to."""

from collections.abc import Callable

from pantler.simulator.evaluation.lineup import Lineup
from pantler.simulator.evaluation.measuring import measured
from pantler.simulator.evaluation.report import Evaluation
from pantler.simulator.fitting.kinds import KINDS

Bar = Callable[[str, int], Callable[[int], None]]  # adds a bar of so many steps, returns what advances it


def evaluated(lineup: Lineup, bar: Bar) -> Evaluation:
    """Every contender, measured on the test queries."""
    settings = sum(len(kind.settings) for kind in KINDS)
    contenders = [*lineup.unskilled(), *lineup.learned(bar("fitting", settings)), *lineup.ceilings()]
    mix = contenders[0].sweep
    advance = bar("measuring", len(contenders))
    rows = []
    for contender in contenders:
        rows.append(measured(contender, lineup.test, mix))
        advance(1)
    return Evaluation(lineup.test.name, lineup.test.models, rows, contenders)
