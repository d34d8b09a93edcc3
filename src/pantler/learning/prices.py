"""What models charge beside what was expected of them, as the last calls have it.

    mean_m  += (paid / expected - mean_m) / n_m                   after a call of m; n_m: its calls, RECENT at most,
                                                                   which fade by half in HALF_LIFE calls of others
    common   = exp( N / (N + 1) x mean of log mean_j, each j weighed by n_j / (n_j + HOLD) )          N: calls of all
    ratio_m  = exp( (n_m log mean_m + HOLD log common) / (n_m + HOLD) )              n_m: all of its calls

A model that was never asked is taken to write as others do where models share what they were expected to write, which
nothing was fitted to; else `common` is 1 and held as tightly as by FIRM calls. A mean that no longer holds is found by
the cumulative sums of its calls' standard scores (Page 1954), and begins anew with the calls since it was left.
"""

from math import exp, log, sqrt
from typing import Any

import msgspec

RECENT = 50.0
HALF_LIFE = 50.0
HOLD = 3.0
FIRM = 30.0
OFF = 0.01
LEAST = 1e-2
LARGEST = 10.0  # of what a call was expected to pay: what one may count for
OLD = 200  # calls of others after which a model's prices are in doubt
AGAIN = 2  # calls by which an old price is known again
DOUBT = 0.7  # standard deviation of the logarithm of a price in doubt
SLACK, LIMIT, SUSPECT, STRANGEST = 0.5, 8.0, 2.0, 3.0  # of the sums, in standard deviations
FEWEST = 20.0  # calls before a mean is known well enough to be left
LEAST_VARIANCE = 0.01


class _Sum(msgspec.Struct):
    """How far the calls since the mean was last met lie on one side of it, and what these paid."""

    score: float = 0.0
    calls: int = 0
    paid: float = 0.0

    def add(self, score: float, ratio: float) -> None:
        self.score += score - SLACK
        self.calls += 1
        self.paid += ratio
        if self.score <= 0.0:
            self.score, self.calls, self.paid = 0.0, 0, 0.0


class _Known(msgspec.Struct):
    """One model's calls."""

    calls: float = 0.0
    recent: float = 0.0
    mean: float = 1.0
    variance: float = 1.0
    last: int = 0  # which call of all it was
    doubted: int = 0  # calls by which it has yet to be known again
    up: _Sum = msgspec.field(default_factory=_Sum)
    down: _Sum = msgspec.field(default_factory=_Sum)


class Ratios:
    """By model; 1 until a call was paid for. `is_shared` where nothing was fitted."""

    def __init__(self, *, is_shared: bool = False) -> None:
        self.any_off = False  # whether any ratio has been a hundredth from 1
        self._hold = HOLD if is_shared else FIRM
        self._is_shared = is_shared
        self._calls = 0
        self._known: dict[str, _Known] = {}
        self._common = 0.0
        self._found: dict[str, float] = {}  # ratios since the last call

    def paid(self, model: str, expected: float, paid: float) -> float | None:
        """One call, in nano-dollars; by what the ratio has changed all at once, where it is found to have."""
        if expected <= 0.0:
            return None
        known = self._known.get(model)
        if known is None:
            known = self._known[model] = _Known()
        before = self.of(model)
        ratio = min(max(paid / expected, 0.0), LARGEST * before)
        self._note(known, ratio)
        is_left = self._left(known, ratio, before)
        self._share()
        self._found.clear()
        after = self.of(model)
        if abs(after - 1.0) > OFF or abs(self._common) > OFF:
            self.any_off = True
        return after / before if is_left else None

    def of(self, model: str) -> float:
        """By what an expected price has to be multiplied."""
        found = self._found.get(model)
        if found is None:
            found = self._found[model] = self._reckoned(model)
        return found

    def _reckoned(self, model: str) -> float:
        known = self._known.get(model)
        if known is None:
            return exp(self._common)
        own = log(max(known.mean, LEAST))
        return exp((known.calls * own + self._hold * self._common) / (known.calls + self._hold))

    def doubt(self, model: str) -> float:
        """The standard deviation of the logarithm of a model's price, 0 while it is known by recent calls."""
        known = self._known.get(model)
        if known is None:
            return DOUBT if self._calls >= OLD else 0.0
        is_old = self._calls - known.last >= OLD or known.doubted > 0
        return DOUBT if is_old or max(known.up.score, known.down.score) > SUSPECT else 0.0

    def snapshot(self) -> Any:
        return [self._calls, msgspec.to_builtins(self._known)]

    def restore(self, kept: Any) -> None:
        self._calls, self._known = msgspec.convert(kept, tuple[int, dict[str, _Known]])
        self._share()
        self._found.clear()
        self.any_off = True

    def _note(self, known: _Known, ratio: float) -> None:
        away = self._calls - known.last
        known.doubted = AGAIN - 1 if away >= OLD else max(0, known.doubted - 1)
        self._calls += 1
        known.last = self._calls
        known.calls += 1.0
        known.recent = min(known.recent * 0.5 ** (away / HALF_LIFE) + 1.0, RECENT)
        known.mean += (ratio - known.mean) / known.recent

    def _left(self, known: _Known, ratio: float, before: float) -> bool:
        """Whether the mean was left for another, which it then is; `before` is what was expected of the call."""
        beyond = min(ratio / before - 1.0, STRANGEST)
        score = max(-STRANGEST, min(STRANGEST, beyond / sqrt(max(known.variance, LEAST_VARIANCE))))
        known.variance += (beyond * beyond - known.variance) / max(known.recent, 2.0)
        if known.calls <= FEWEST:
            return False
        known.up.add(score, ratio)
        known.down.add(-score, ratio)
        off = max(known.up, known.down, key=lambda each: each.score)
        if off.score <= LIMIT:
            return False
        known.mean, known.recent = off.paid / off.calls, min(float(off.calls), RECENT)
        known.up, known.down = _Sum(), _Sum()
        return True

    def _share(self) -> None:
        """What the models have in common, as a logarithm."""
        if not self._is_shared:
            return
        weights = [each.calls / (each.calls + HOLD) for each in self._known.values()]
        logs = [log(max(each.mean, LEAST)) for each in self._known.values()]
        mean = sum(weight * each for weight, each in zip(weights, logs, strict=True)) / max(sum(weights), 1e-9)
        self._common = mean * self._calls / (self._calls + 1.0)
