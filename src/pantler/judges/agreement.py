"""How many of the answers given so far say the same as the last.

Meant for short answers: "Paris." agrees with "paris", "1,000" with "1000.0"; longer texts are seldom equal.
"""

from collections.abc import Sequence
from math import isnan

from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ConfigError
from pantler.judges._beside import seen
from pantler.texts.showing import Sign


class Agreement:
    """Scores 1 once `enough` answers agree, the last among them; before that less than a half, 0 for a lone one."""

    def __init__(self, *, enough: int = 2) -> None:
        if enough < 2:
            raise ConfigError(
                f"judge 'agreement': enough is {enough}; an answer agrees with another, so give 2 or more"
            )
        self.fewest = enough  # a lone answer agrees with nobody

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        return self._opinion(await seen(ask, answers), len(answers))

    def _opinion(self, shows: Sign, number: int) -> Opinion:
        """By what the last of so many answers shows."""
        if number > 1 and isnan(shows.agreeing):
            return Opinion(0.0, "says nothing", shows.kept())
        agreeing = 1 if number == 1 else 1 + round(shows.agreeing * (number - 1))
        score = 1.0 if agreeing >= self.fewest else (agreeing - 1) / (2 * self.fewest)
        return Opinion(score, f"{agreeing} of {number} agree", shows.kept())
