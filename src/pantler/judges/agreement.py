"""How many of the answers given so far say the same as the last.

Meant for short answers: "Paris." agrees with "paris", "1,000" with "1000.0"; longer texts are seldom equal.
"""

import re
import unicodedata
from collections.abc import Sequence

from pantler.core.answers import Said, said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ConfigError

THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
ZEROS = re.compile(r"(\.\d*?)0+(?!\d)")
WORD = re.compile(r"-?\d+(?:\.\d+)?|\w+")
ARTICLES = frozenset({"a", "an", "the"})


class Agreement:
    """Scores 1 once `enough` answers agree, the last among them; before that less than a half, 0 for a lone one."""

    def __init__(self, *, enough: int = 2) -> None:
        if enough < 2:
            raise ConfigError(
                f"judge 'agreement': enough is {enough}; an answer agrees with another, so give 2 or more"
            )
        self.fewest = enough  # a lone answer agrees with nobody

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        normal = [tuple(map(normalised, said_in(answer))) for answer in answers]
        last = normal[-1]
        if not any(last):
            return Opinion(0.0, "says nothing")
        agreeing = normal.count(last)
        score = 1.0 if agreeing >= self.fewest else (agreeing - 1) / (2 * self.fewest)
        return Opinion(score, f"{agreeing} of {len(answers)} agree")


def normalised(said: Said) -> str:
    """The words without their case, articles and punctuation; numbers by their value; tool calls as they are."""
    if said.calls:
        return repr(said.calls)
    text = unicodedata.normalize("NFKC", said.text).casefold()
    text = ZEROS.sub(lambda zeros: "" if zeros[1] == "." else zeros[1], THOUSANDS.sub("", text))
    words = WORD.findall(text)
    return " ".join(words if len(words) == 1 else [word for word in words if word not in ARTICLES])
