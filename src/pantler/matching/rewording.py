"""Whether a text asks anew what another has asked, in other words or with more said, as far as words tell."""

import re
from typing import Final

from pantler.matching.rules import GATES
from pantler.matching.wording import read

FEWEST: Final = 2  # content words without which a text asks nothing that could be told again
LEAST_SHARE: Final = 0.5  # of the longer text's content words that stand in the shorter one, too

_token: Final = re.compile(r"\w+")


def rewords(now: str, before: str) -> bool:
    """Whether all that stands out in one of the texts stands in the other, and no rule tells the two apart.

    Words that mean the same are not known: what is put wholly anew is none.
    """
    if len(_tokens(now) & _tokens(before)) < FEWEST:  # most texts, which need not be read for that
        return False
    one, other = read(now), read(before)
    fewer, more = sorted((one.content, other.content), key=len)
    if len(fewer) < FEWEST or len(fewer) < LEAST_SHARE * len(more) or not fewer <= more:
        return False
    return not any(rule(one, other) for rule in GATES.values())


def _tokens(text: str) -> set[str]:
    return set(_token.findall(text.lower()))
