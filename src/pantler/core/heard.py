"""What a judge makes of an answer."""

import msgspec


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """A judge's score of an answer, 0 to 1, with the rule that decided it.

    `shown` is the answer's sign as it is kept, where the judge has read it on its way.
    """

    score: float
    reason: str
    shown: tuple[float | None, ...] = ()
