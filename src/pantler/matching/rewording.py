"""Whether a text asks anew what another has asked, in other words or with more said, as far as words tell."""

from typing import Final

from pantler.matching.rules import GATES
from pantler.matching.wording import read

FEWEST: Final = 2  # content words without which a text asks nothing that could be told again
LEAST_SHARE: Final = 0.5  # of the longer text's content words that stand in the shorter one, too


def rewords(now: str, before: str) -> bool:
    """Whether all that stands out in one of the texts stands in the other, and no rule tells the two apart.

    Words that mean the same are not known: what is put wholly anew is none.
    """
    one, other = read(now), read(before)
    fewer, more = sorted((one.content, other.content), key=len)
    if len(fewer) < FEWEST or len(fewer) < LEAST_SHARE * len(more) or not fewer <= more:
        return False
    return not any(rule(one, other) for rule in GATES.values())
