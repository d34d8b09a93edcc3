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
    'place of "good" also the text as it was "edited", or a "comment"'
)
UNTOLD: Final = "the comment neither thanks nor blames in words that are known here; send good or score"


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of: `good`, true or false; `score`, from 0 (bad) to 1 (good); `edited`, the text as it is used; `comment`.

    `signal` says what it was seen by, where that is another than is usual for it.
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
        if self.comment is not None:
            return "follow-up"
        return "thumbs" if self.score is None else "score"

    @property
    def says(self) -> float | None:
        """How good the answer was, None where that is to be told by what was edited."""
        if self.comment is not None:
            return contentment(self.comment)
        return float(self.good) if self.good is not None else self.score


_decode = msgspec.json.Decoder(Feedback).decode


def read(body: bytes) -> Feedback:
    """What a body says; Refused where that is nothing."""
    try:
        said = _decode(body)
    except UNREADABLE as error:
        raise Refused(fault(400, "invalid_feedback", f"{misread(body, error)}; {SHAPE}")) from error
    given = [each for each in (said.good, said.score, said.edited, said.comment) if each is not None]
    if len(given) != 1:
        raise Refused(fault(400, "invalid_feedback", f"give one of good, score, edited and comment; {SHAPE}"))
    if said.score is not None and not 0.0 <= said.score <= 1.0:
        raise Refused(fault(400, "invalid_feedback", f"a score lies between 0 and 1; {SHAPE}", "score"))
    if said.comment is not None and said.says is None:
        raise Refused(fault(400, "untold_comment", UNTOLD, "comment"))
    return said


def share_kept(answer: bytes, edited: str) -> float:
    """Twice the words that an answer and what was made of it have in common, as a share of the words of both."""
    given = Counter(word for said in said_in(answer) for word in said.text.split())
    used = Counter(edited.split())
    return 2.0 * (given & used).total() / max(1, given.total() + used.total())
