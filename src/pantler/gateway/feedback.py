"""What a client posts of an answer: yes or no, a number, the text that it made of it, or its own words."""

from collections import Counter
from typing import Final

import msgspec

from pantler.core.answers import said_in
from pantler.core.usage import UNREADABLE
from pantler.gateway.bodies import misread
from pantler.gateway.replies import Refused, fault
from pantler.texts.contentment import contentment

MOST_BYTES: Final = 256 << 10
SHAPE: Final = (
    'send {"decision_id": "dec_...", "good": true} or {"decision_id": "dec_...", "score": 0.8}, perhaps a "signal"; in '
    'place of "good" also the text as it was "edited"; beside it or alone a "comment"'
)
UNTOLD: Final = "the comment neither thanks nor blames in words that are known here; send good or score"


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict: `good`, true or false; `score`, from 0 (bad) to 1 (good); or `edited`, the text as it is used.

    A `comment` is read where no verdict is given. `signal` says what it was seen by, where that is another than usual.
    """

    decision_id: str
    good: bool | None = None
    score: float | None = None
    edited: str | None = None
    comment: str | None = None
    signal: str = ""

    @property
    def seen_by(self) -> str:
        """The signal of the word."""
        if self.signal:
            return self.signal
        if self.edited is not None:
            return "edit"
        if self.score is not None:
            return "score"
        return "follow-up" if self.good is None else "thumbs"

    @property
    def says(self) -> float | None:
        """How good the answer was; None where what was edited has to tell, or a comment does not."""
        if self.good is not None:
            return float(self.good)
        if self.verdicts or self.comment is None:
            return self.score
        return contentment(self.comment)

    @property
    def verdicts(self) -> int:
        """How many of `good`, `score` and `edited` are given."""
        return sum(each is not None for each in (self.good, self.score, self.edited))


_decode = msgspec.json.Decoder(Feedback).decode


def read(body: bytes) -> Feedback:
    """What a body says; Refused where that is nothing."""
    try:
        said = _decode(body)
    except UNREADABLE as error:
        raise Refused(fault(400, "invalid_feedback", f"{misread(body, error)}; {SHAPE}")) from error
    if said.verdicts > 1 or not (said.verdicts or said.comment is not None):
        raise Refused(fault(400, "invalid_feedback", f"give one of good, score and edited, or a comment; {SHAPE}"))
    if said.score is not None and not 0.0 <= said.score <= 1.0:
        raise Refused(fault(400, "invalid_feedback", f"a score lies between 0 and 1; {SHAPE}", "score"))
    if said.edited is None and said.says is None:
        raise Refused(fault(400, "untold_comment", UNTOLD, "comment"))
    return said


def share_kept(answer: bytes, edited: str) -> float:
    """Twice the words that an answer and what was made of it have in common, as a share of the words of both."""
    given = Counter(word for said in said_in(answer) for word in said.text.split())
    used = Counter(edited.split())
    return 2.0 * (given & used).total() / max(1, given.total() + used.total())
