"""What a call of each model of a route is expected to charge, by its appraisal and what calls have charged since.

    price of m = read_m - what its provider has read before + ratio_m written_m

The ratio is that of the last calls. It is learned of what is written alone where an appraisal tells that apart, else of
the whole price.
"""

from collections.abc import Sequence
from typing import Any, Final

from pantler.core.types import Appraisal
from pantler.learning.notices import CHEAPER, DEARER, Notice
from pantler.learning.prices import Ratios
from pantler.learning.threads import Threads

WORTH_TELLING: Final = 0.1  # of what was charged before; within that a price is learned without a word


class Charges:
    """Over `models` in the order of the appraisals; `threads` tell who has read a conversation before."""

    def __init__(self, models: Sequence[str], threads: Threads, ratios: Ratios) -> None:
        self.models = tuple(models)
        self.threads = threads
        self.ratios = ratios

    def is_moved(self, appraisal: Appraisal) -> bool:
        """Whether `prices` may say anything else than the appraisal does."""
        return bool(appraisal.prices) and (self.ratios.any_off or bool(appraisal.earlier))

    def prices(self, appraisal: Appraisal) -> tuple[float, ...]:
        """In nano-dollars."""
        ratios = [self.ratios.of(model) for model in self.models]
        parts = zip(self._read(appraisal), self._moving(appraisal), ratios, strict=True)
        return tuple([read + ratio * moving for read, moving, ratio in parts])

    def paid(self, appraisal: Appraisal, charged: Sequence[tuple[str, float]]) -> list[Notice]:
        """What calls have charged, in nano-dollars; what was found out by it."""
        if not appraisal.prices:
            return []
        read, moving = self._read(appraisal), self._moving(appraisal)
        found = []
        for model, price in charged:
            if model in self.models:
                at = self.models.index(model)
                factor = self.ratios.paid(model, moving[at], price - read[at])
                if factor is not None and abs(factor - 1.0) >= WORTH_TELLING:
                    found.append(Notice(model, DEARER if factor > 1.0 else CHEAPER, factor))
        return found

    def doubts(self) -> list[float]:
        """The standard deviation of the logarithm of each model's price, 0 where recent calls tell it."""
        return [self.ratios.doubt(model) for model in self.models]

    def snapshot(self) -> Any:
        return self.ratios.snapshot()

    def restore(self, kept: Any) -> None:
        self.ratios.restore(kept)

    def _moving(self, appraisal: Appraisal) -> tuple[float, ...]:
        """The part of each price that the ratio moves."""
        return appraisal.writing or self._plain(appraisal)

    def _read(self, appraisal: Appraisal) -> tuple[float, ...]:
        """The rest of it."""
        if not appraisal.writing:
            return (0.0,) * len(appraisal.prices)
        return tuple([price - each for price, each in zip(self._plain(appraisal), appraisal.writing, strict=True)])

    def _plain(self, appraisal: Appraisal) -> tuple[float, ...]:
        """Prices as they were appraised, less what the model that goes on has read before."""
        model = self.threads.saves(appraisal)
        if not model or not appraisal.kept or model not in self.models:
            return appraisal.prices
        at, prices = self.models.index(model), list(appraisal.prices)
        prices[at] = max(appraisal.writing[at] if appraisal.writing else 0.0, prices[at] - appraisal.kept[at])
        return tuple(prices)
