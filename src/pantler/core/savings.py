"""What a request saved against the baseline: always the reference model, no cache.

    baseline        = price of the reference model: the tokens in, and ratio x the tokens out of the served answer
    saved           = baseline - spent
    saved by choice = baseline - paid              paid: what the calls cost that brought the answer, now or earlier
    saved by cache  = paid - spent

All in integer nano-dollars, so that the two parts are exactly the whole. Where the reference model gave this very
answer and its upstream said what it took, its tokens are measured; otherwise they are estimated: by the ratio that is
frozen in the row, or by what was asked and written.
"""

from typing import Any, Final

import msgspec
from mypy_extensions import mypyc_attr

from pantler.core.cost import Price, Tokens, halve_even, money

MEASURED: Final = "measured"
ESTIMATED: Final = "estimated"
FEW: Final = 30  # answers of either model below which their lengths are not compared
HORIZON: Final = 10_000  # answers after which old ones fade


@mypyc_attr(acyclic=True)
class Served:
    """An answer as a client got it: the model and the tokens that brought it.

    `estimated` says that the tokens are our estimate. `paid` is what the calls cost that brought it, all of its plan's,
    `spent` what this request spent: the same on a miss, nothing on a hit or where an equal call was joined. Both are
    None where a price is missing.
    """

    __slots__ = ("estimated", "model", "paid", "spent", "tokens")

    def __init__(
        self, model: str, tokens: Tokens, paid: int | None, spent: int | None, estimated: bool = False
    ) -> None:
        self.model = model
        self.tokens = tokens
        self.paid = paid
        self.spent = spent
        self.estimated = estimated


@mypyc_attr(acyclic=True)
class Saved:
    """What goes into the ledger's row; None where a price is missing, no `reference` where nothing was served."""

    __slots__ = ("baseline", "baseline_basis", "by_cache", "by_choice", "price", "ratio", "reference")

    def __init__(
        self, baseline: int | None, baseline_basis: str, ratio: float, by_cache: int | None, by_choice: int | None
    ) -> None:
        self.reference = ""
        self.price: Price | None = None
        self.baseline = baseline
        self.baseline_basis = baseline_basis
        self.ratio = ratio
        self.by_cache = by_cache
        self.by_choice = by_choice


def saved(served: Served, reference: str, price: Price | None, ratio: float = 1.0) -> Saved:
    """What a served answer saved against `reference` at its `price`; `ratio` is as `Ratios` has it."""
    is_its_own = served.model == reference
    basis = MEASURED if is_its_own and not served.estimated else ESTIMATED
    used = 1.0 if is_its_own else ratio
    if price is None or served.paid is None or served.spent is None:
        found = Saved(None, basis, used, None, None)
    else:
        baseline = money(price, served.tokens if is_its_own else likely_tokens(served.tokens, ratio))
        found = Saved(baseline, basis, used, served.paid - served.spent, baseline - served.paid)
    found.reference, found.price = reference, price
    return found


def likely_tokens(tokens: Tokens, ratio: float) -> Tokens:
    """What another model would have read and written: as many in, nothing of it cached, and `ratio` as many out."""
    numerator, denominator = ratio.as_integer_ratio()
    return Tokens(tokens.tokens_in, halve_even(tokens.tokens_out * numerator, denominator))


class _Lengths:
    """Answers, and their tokens out."""

    __slots__ = ("count", "total")

    def __init__(self, count: float = 0.0, total: float = 0.0) -> None:
        self.count = count
        self.total = total

    def add(self, tokens_out: float, horizon: int) -> None:
        if self.count >= horizon:
            self.count /= 2.0
            self.total /= 2.0
        self.count += 1.0
        self.total += tokens_out


class Ratios:
    """Mean tokens out of a route's reference model over those of another, learned from its answers.

    It is 1 until both have been heard often enough.
    """

    def __init__(self, few: int = FEW, horizon: int = HORIZON) -> None:
        self.few = few
        self.horizon = horizon
        self.heard = 0  # answers; as long as no more are, nothing changes
        self._sums: dict[tuple[str, str], _Lengths] = {}  # by route and model
        self._of_all: dict[str, _Lengths] = {}  # by route, of all its models

    def observe(self, route: str, model: str, tokens_out: float) -> None:
        """One more answer that was brought, not served again: how long each of its choices is."""
        of_model, of_all = self._sums.get((route, model)), self._of_all.get(route)
        if of_model is None:
            of_model = self._sums[route, model] = _Lengths()
        if of_all is None:
            of_all = self._of_all[route] = _Lengths()
        of_model.add(tokens_out, self.horizon)
        of_all.add(tokens_out, self.horizon)
        self.heard += 1

    def written(self, route: str) -> float | None:
        """Mean tokens out of a route's answers, whichever of its models gave them; None before the first."""
        of_all = self._of_all.get(route)
        return of_all.total / of_all.count if of_all is not None and of_all.count else None

    def of(self, route: str, reference: str, model: str) -> float:
        """By how much the reference model's answers are longer."""
        if model == reference:
            return 1.0
        own, theirs = self._sums.get((route, model)), self._sums.get((route, reference))
        if own is None or theirs is None or own.count < self.few or theirs.count < self.few:
            return 1.0
        if not theirs.total or not own.total:
            return 1.0
        return (theirs.total / theirs.count) / (own.total / own.count)

    def snapshot(self) -> Any:
        """What it has learned, as plain values."""
        return [(route, model, each.count, each.total) for (route, model), each in list(self._sums.items())]

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave."""
        rows = msgspec.convert(kept, list[tuple[str, str, float, float]])
        self._sums = {(route, model): _Lengths(count, total) for route, model, count, total in rows}
        self._of_all = {}
        for route, _, count, total in rows:
            known = self._of_all.get(route)
            before, tokens_out = (0.0, 0.0) if known is None else (known.count, known.total)
            self._of_all[route] = _Lengths(before + count, tokens_out + total)
        self.heard += 1
