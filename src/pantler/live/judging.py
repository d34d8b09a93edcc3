"""Labels of near answers: a judge says whether a fresh answer agrees with a neighbour's, once its client has it."""

import asyncio
import logging
from collections.abc import Callable

from pantler.core.asks import Entry
from pantler.core.edges import Judge
from pantler.live.errands import Errand
from pantler.matching.values import Finding

AGREES = 0.5  # the score from which two answers are the same

Labelled = Callable[[Errand, Finding, bool], None]

log = logging.getLogger("pantler.live")


def doubt(wrong: float, lies: float) -> float:
    """The chance that an answer is wrong which a judge called right, who errs so often; `wrong` is it beforehand."""
    taken_for_right = lies * wrong + (1.0 - lies) * (1.0 - wrong)
    return lies * wrong / taken_for_right if taken_for_right > 0.0 else 1.0


class Judging:
    """Comparisons under way; `labelled` is told of each once it is over."""

    def __init__(self, labelled: Labelled) -> None:
        self._labelled = labelled
        self._tasks: set[asyncio.Task[None]] = set()

    def compare(self, judge: Judge, errand: Errand, finding: Finding, pair: tuple[Entry, Entry]) -> None:
        """Have the judge compare the neighbour's answer with the fresh one."""
        task = asyncio.get_running_loop().create_task(self._compared(judge, errand, finding, pair))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Return once every comparison is over."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def close(self) -> None:
        """Compare nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _compared(self, judge: Judge, errand: Errand, finding: Finding, pair: tuple[Entry, Entry]) -> None:
        try:
            opinion = await judge.judge(errand.ask, [entry.body for entry in pair])
        except Exception as error:  # noqa: BLE001 a judge that fails teaches nothing
            log.error("two answers were not compared (%s)", type(error).__name__)
        else:
            self._labelled(errand, finding, opinion.score >= AGREES)
