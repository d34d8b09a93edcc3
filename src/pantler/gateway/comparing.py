"""What it tells of an answer whether another model's agrees: a word of the signal `agreement`.

How much that is hangs on how likely the other answer is to be wrong (`learning.agreeing`), up to what the signal has
earned. It is said only where it would be a label either way: a model must not be heard of in one way only, and what is
said beside an answer that is doubtful itself would be held against the signal wherever a better one speaks.

    good = 1/2 +- 1/2 log-odds(reliability) / log-odds(that of the signal)        as the ledger has it
"""

from collections.abc import Sequence

from pantler.core.answers import said_in
from pantler.core.rows import UNTOLD, Word
from pantler.core.types import SURE, Call
from pantler.gateway.ratings import Heard
from pantler.learning.agreeing import reliability
from pantler.learning.signals import Signals, log_odds

AGREEMENT = "agreement"
LONGEST = 200  # characters of answers that are compared letter by letter; longer ones that mean the same differ


def believed(call: Call, model: str) -> float:
    """How likely a model's answer was held to be wrong when a call was decided; as any other where nobody had said."""
    found = next((each.wrong for each in call.candidates if each.models == (model,)), 0.0)
    return found if found > 0.0 else UNTOLD


def heard_by(signals: Signals, other_wrong: float, *, agrees: bool) -> Heard | None:
    """The word on an answer beside another one, which is wrong by that chance; None where that is too doubtful."""
    earned = [signals.reliability(AGREEMENT, good) for good in (0.0, 1.0)]
    told = [min(reliability(other_wrong, 0.0, agrees=bool(good)), most) for good, most in enumerate(earned)]
    if min(told) < SURE:
        return None
    strength = log_odds(told[agrees]) / log_odds(earned[agrees])
    return Heard(Word(0.5 + (0.5 if agrees else -0.5) * strength, AGREEMENT), reliability=told[agrees])


def comparable(bodies: Sequence[bytes], *, is_literal: bool) -> bool:
    """Whether it tells anything that whole answers agree or not."""
    for said in map(said_in, bodies):
        if not said or any(each.unfinished(None) or not (each.text or each.calls) for each in said):
            return False
        if is_literal and any(len(each.text) > LONGEST and each.text.lstrip()[0] not in "{[" for each in said):
            return False
    return True
