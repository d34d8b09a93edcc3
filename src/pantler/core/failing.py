"""How likely a model is to fail now, by what its last calls came to: unlike an error, a failure shows at every call.

    P(fails) = 1 - (1 - u) (1 - t)
    u, t     = sum of w (how surely it failed) / (PRIOR + sum of w),     w = 2^(-age / half-life)

u counts calls that brought no answer, of the model wherever it is asked; t answers that show themselves to be none, on
one route and in one form. Both are forgotten, so that a model which is passed over for them is asked again.
"""

from math import exp2
from typing import Final

from msgspec.structs import replace

from pantler.core.types import Appraisal, Fails

PRIOR: Final = 5.0  # calls that went well, before any is counted
UNANSWERED_SECONDS: Final = 120.0  # half-life: upstreams come back soon,
SHOWN_SECONDS: Final = 1800.0  # models change seldom

# Where answers are of one kind: a route, a model, and the form in which it was asked to answer.
Place = tuple[str, str, str]


class _Share:
    """A share that is forgotten by so many seconds' half-life."""

    __slots__ = ("_at", "_bad", "_half_life", "_number")

    def __init__(self, half_life: float) -> None:
        self._half_life = half_life
        self._number = self._bad = self._at = 0.0

    def note(self, bad: float, now: float) -> None:
        left = self._left(now)
        self._number, self._bad, self._at = left * self._number + 1.0, left * self._bad + bad, max(now, self._at)

    def now(self, now: float) -> float:
        if not self._bad:
            return 0.0
        left = self._left(now)
        return left * self._bad / (PRIOR + left * self._number)

    def _left(self, now: float) -> float:
        return exp2(-max(0.0, now - self._at) / self._half_life)


class Failing:
    """What is known of every model's failures, in seconds since the epoch."""

    def __init__(self) -> None:
        self._unanswered: dict[str, _Share] = {}
        self._shown: dict[Place, _Share] = {}

    def called(self, model: str, now: float, *, failed: bool) -> None:
        """A call of a model is over."""
        share = self._unanswered.get(model)
        if share is None:
            share = self._unanswered[model] = _Share(UNANSWERED_SECONDS)
        share.note(float(failed), now)

    def answered(self, place: Place, now: float, shown: float = 0.0) -> None:
        """A model has answered; `shown` is how surely its answer shows itself to be none."""
        share = self._shown.get(place)
        if share is None:
            share = self._shown[place] = _Share(SHOWN_SECONDS)
        share.note(shown, now)

    def chance(self, place: Place, now: float) -> float:
        """That the model fails if it is asked."""
        unanswered, shown = self._unanswered.get(place[1]), self._shown.get(place)
        return either(unanswered.now(now) if unanswered else 0.0, shown.now(now) if shown else 0.0)


def either(one: float, other: float) -> float:
    """The chance that at least one of two things is so, which are apart."""
    return 1.0 - (1.0 - one) * (1.0 - other)


def braced(appraisal: Appraisal, models: tuple[str, ...], fails: Fails) -> Appraisal:
    """An appraisal by which to choose, of these models where it names none: who fails gives no right answer either."""
    chances = [fails(model) for model in appraisal.models or models]
    if len(chances) != len(appraisal.wrong) or not any(chances):
        return appraisal
    return replace(appraisal, wrong=tuple(map(either, appraisal.wrong, chances)))
