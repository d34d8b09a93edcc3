"""How models err together, fitted to what all of them said to the training queries.

    max over l, a   sum_i log sum_u share_u prod_m P(m is wrong or right | u)  P(what the wrong ones say | a(u))

by what was said across folds before any call. a(u) = expit(a_0 + a_1 u +- a_2), one sign as likely as the other: some
questions lure more than others. See `learning.panel`.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pantler.learning.erring import Erring, expit

Array = NDArray[np.float64]
NODES = 5  # of u
MOST = 2000  # queries looked at
ANSWERS = 10.0  # that a question has at least, right and wrong
ROUNDS, STEP = 12, 0.4
UNHEARD_OF = 1e-12  # the least chance of anything, so that it has a logarithm
ALIKE = 1e-3  # how tightly the models' l are held together


def erring(chances: Array, wrong: Array, texts: NDArray[np.int64]) -> Erring:
    """Fitted to (n, models) each: chances across folds, how wrong answers were, texts as numbers, -1 for none."""
    drawn = np.random.default_rng(0).permutation(len(chances))[:MOST]
    chances, wrong, counts = chances[drawn], wrong[drawn], _counts(wrong[drawn], texts[drawn])
    models = chances.shape[1]

    def likely(at: Array) -> float:
        made = _made(at, models)
        apart = np.log(made.spreads) - np.log(made.spreads).mean()
        return _likelihood(made, chances, wrong, counts) - ALIKE * float(apart @ apart)

    made = _made(_climbed(likely, np.array([0.5] * models + [0.0, 0.0, 0.5])), models)
    return replace(made, hopeful=_hopeful(made, chances, wrong, texts[drawn]))


def _hopeful(made: Erring, chances: Array, wrong: Array, texts: NDArray[np.int64]) -> float:
    """By what odds any two that say the same were wrong, over those that they would be by what was fitted."""
    at, others = made.wrong(chances), (1.0 - made.lures) / (made.answers - 1.0)
    alike = (made.lures + others) ** 2 + (made.answers - 2.0) * others**2  # two that are wrong say the same
    believed = seen = number = 0.0
    for one in range(1, chances.shape[1]):
        for other in range(one):
            agreeing = (texts[:, one] == texts[:, other]) & (texts[:, one] >= 0)
            false = (at[agreeing, one] * at[agreeing, other]) @ (made.shares * alike)
            true = ((1.0 - at[agreeing, one]) * (1.0 - at[agreeing, other])) @ made.shares
            believed += float((false / (false + true)).sum())
            seen, number = seen + float(wrong[agreeing, one].sum()), number + float(agreeing.sum())
    if not (0.0 < seen < number and 0.0 < believed < number):
        return 1.0
    return max(1.0, seen / (number - seen) * (number - believed) / believed)


def _made(at: Array, models: int) -> Erring:
    harder, shares = np.polynomial.hermite_e.hermegauss(NODES)
    both, signs = np.tile(harder, 2), np.repeat([-1.0, 1.0], NODES)
    lures = expit(at[models] + at[models + 1] * both + at[models + 2] * signs)
    return Erring(np.exp(at[:models]), np.tile(shares / shares.sum() / 2.0, 2), both, lures, max(ANSWERS, models + 2.0))


def _climbed(likely: Callable[[Array], float], at: Array) -> Array:
    """Coordinate by coordinate, in steps that grow while they help."""
    best, steps = likely(at), np.full(len(at), STEP)
    for _ in range(ROUNDS):
        for place in range(len(at)):
            for sign in (1.0, -1.0):
                tried = at.copy()
                tried[place] += sign * steps[place]
                found = likely(tried)
                if found > best:
                    best, at = found, tried
                    steps[place] *= 1.3
                    break
            else:
                steps[place] /= 2.0
    return at


def _likelihood(made: Erring, chances: Array, wrong: Array, counts: Array) -> float:
    at, false = np.clip(made.wrong(chances), UNHEARD_OF, 1.0 - UNHEARD_OF), wrong[:, :, None]
    odds = (np.log(at) * false + np.log1p(-at) * (1.0 - false)).sum(axis=1) + np.log(_said(made, counts))
    return float(np.log(np.exp(odds) @ made.shares).mean())


def _said(made: Erring, counts: Array) -> Array:
    """(n, nodes): how likely the wrong answers say so often the same, by each one's being the lure or none of them."""
    others = (1.0 - made.lures) / (made.answers - 1.0)
    number = counts.sum(axis=1)
    distinct = (counts > 0.0).sum(axis=1)
    found = (made.answers - 1.0 - distinct)[:, None] * others ** number[:, None]
    for each in counts.T:
        found = found + np.where(
            each[:, None] > 0.0, (made.lures + others) ** each[:, None] * others ** (number - each)[:, None], 0.0
        )
    return np.asarray(found / (made.answers - 1.0))


def _counts(wrong: Array, texts: NDArray[np.int64]) -> Array:
    """(n, models): how many wrong answers say what this model's says, at the first that says it."""
    is_wrong = (wrong > 0.5) & (texts >= 0)
    same = (texts[:, :, None] == texts[:, None, :]) & is_wrong[:, :, None] & is_wrong[:, None, :]
    first = ~np.tril(same, -1).any(axis=2)
    return np.where(is_wrong & first, same.sum(axis=2), 0).astype(float)


def coded(answers: NDArray[np.object_]) -> NDArray[np.int64]:
    """Answers as numbers, equal within a question where they say the same, -1 where there is none."""
    found = np.full(answers.shape, -1, np.int64)
    for row, said_of in enumerate(answers):
        codes: dict[str, int] = {}
        for place, answer in enumerate(said_of):
            if answer:
                found[row, place] = codes.setdefault(answer, len(codes))
    return found
