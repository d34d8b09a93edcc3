"""Online learning held against recorded outcomes: fitted to some queries, the others come as a stream."""

from collections.abc import Callable, Iterator

import numpy as np

from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.lineup import Bar
from pantler.simulator.evaluation.streaming import Regime, Streamed, streamed
from pantler.simulator.evaluation.streams import SCENARIOS, Stream
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import KINDS, Labelled
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

NANO = 1e9


def stream_of(
    train: Outcomes, test: Outcomes, reading: Reading, regime: Regime, advance: Callable[[int], None]
) -> Stream:
    """The queries of `test`, as appraised by what was fitted to `train`."""
    known, coming = (
        Labelled(reading.many(each.prompts), (1.0 - each.scores).astype(np.float32)) for each in (train, test)
    )
    charged = charges(train)
    wrong = said(appraised(train, known, charged, advance).mean, coming)
    single = singles(train.scores, train.costs)
    return Stream(
        models=test.models,
        reference=single.best,
        value=regime.penalty * NANO * single.point(single.best)[0],
        expected=NANO * charged.expected(test.tokens_in),
        costs=NANO * test.costs,
        wrong=wrong.astype(float),
        labels=1.0 - test.scores,
        vectors=np.stack([each.vector for each in coming.traits]),
    )


def evaluated_online(train: Outcomes, test: Outcomes, reading: Reading, regime: Regime, bar: Bar) -> Iterator[Streamed]:
    """Every contender in every scenario."""
    stream = stream_of(train, test, reading, regime, advance=bar("fitting", sum(len(kind.settings) for kind in KINDS)))
    advance = bar("streaming", len(SCENARIOS) * regime.seeds * len(regime.among))
    for scenario in SCENARIOS:
        yield from streamed(stream, scenario, regime, advance)
