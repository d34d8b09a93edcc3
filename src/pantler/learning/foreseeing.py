"""What asking any one more model, or two, would take off the chance that what is kept is wrong: all of them at once.

    mass after a says t = (1 - w_a) X_t + w_a Y_t           X_t, Y_t: by node, right text and luring text,
                                                            if a is right, if it is wrong
    E[p after a] = sum over t of P(a says t) min(P(kept is wrong | t), P(t is wrong | t))

and likewise of two, the second being asked where the first does not repeat what is kept. It is what
`simulator.joint.foreseeing` finds model by model, as code that is to be compiled; here it is products of matrices.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.learning.erring import doubted
from pantler.learning.panel import NONE, UNSAID
from pantler.learning.paying import Foreseen

Array = NDArray[np.float64]


class Kinds(NamedTuple):
    """`wrong` (models, nodes) of one question, with `lures` (nodes,) and `answers` as a Panel has them.

    `doubt` multiplies the odds of what is believed after several answers.
    """

    wrong: Array
    lures: Array
    answers: float
    doubt: float = 1.0

    @property
    def others(self) -> Array:
        """(nodes,): the chance that a wrong answer is one certain text that does not lure."""
        return np.asarray((1.0 - self.lures) / (self.answers - 1.0))


class Heards(NamedTuple):
    """Several states of one question: `mass` (states, nodes, texts, texts) as a Panel has it, what each model may do.

    `held` (states,) are models, whose text is in place `mine`; `known` (states, models) tells who was asked.
    """

    mass: Array
    mine: int
    held: NDArray[np.intp]
    known: NDArray[np.bool_]
    chances: Array


def foresee(kinds: Kinds, of: Heards) -> Foreseen:
    """Gains (states, models, models) and further (states, models)."""
    states, models = of.known.shape
    alone, both = np.zeros((states, models)), np.zeros((states, models, models))
    further = np.zeros((states, models))
    for text in range(1, of.mass.shape[-1] + 1):
        then = _said(kinds, of.mass, text)
        sums = _summed(then)
        by_right = np.ones(len(kinds.lures)) @ sums
        whole = _summed(by_right)
        stays = whole - np.maximum(by_right[..., of.mine], by_right[..., text])
        alone += stays
        if text == of.mine:
            both += stays[:, :, None]
        else:
            further += whole
            left = whole[:, :, None] - _best_of_three(kinds, then, sums, (of.mine, text))
            both += np.where(of.known[:, None, :], stays[:, :, None], left)
    every = np.arange(models)
    both[:, every, every] = alone
    before = of.chances[np.arange(states), of.held]
    whole = np.maximum(of.mass.sum(axis=(1, 2, 3)), NONE)
    better = np.maximum(0.0, before[:, None] - of.chances)
    after = doubted(both / whole[:, None, None], kinds.doubt)
    gains = np.where(of.known[:, :, None], better[:, :, None], before[:, None, None] - after)
    return Foreseen(gains, np.where(of.known, 1.0, further / whole[:, None]))


def _said(kinds: Kinds, mass: Array, text: int) -> Array:
    """(states, models, nodes, texts, texts): the mass after each model says a text, a new one where it has no place."""
    right, wrong = _said_again(kinds, mass, text) if text < mass.shape[-1] else _said_anew(kinds, mass)
    at = kinds.wrong[:, :, None, None]
    return np.asarray((1.0 - at) * right[:, None] + at * wrong[:, None])


def _said_again(kinds: Kinds, mass: Array, text: int) -> tuple[Array, Array]:
    """What is left of the mass if whoever repeats a text is right, and if wrong."""
    right = np.zeros_like(mass)
    right[:, :, text] = mass[:, :, text]
    wrong = mass * kinds.others[:, None, None]
    wrong[..., text] += mass[..., text] * kinds.lures[:, None]
    wrong[:, :, text] = 0.0
    return right, wrong


def _said_anew(kinds: Kinds, mass: Array) -> tuple[Array, Array]:
    """The same of a text that nobody has said, which takes the next place."""
    states, nodes, new, _ = mass.shape
    right, wrong = (np.zeros((states, nodes, new + 1, new + 1)) for _ in range(2))
    right[:, :, new, :new] = mass[:, :, UNSAID]
    free = np.full(new, kinds.answers - new + 1.0)
    free[UNSAID] -= 1.0
    others = kinds.others[:, None]
    wrong[:, :, :new, new] = mass[..., UNSAID] * (kinds.lures[:, None] + others)
    wrong[:, :, :new, UNSAID] = mass[..., UNSAID] * np.maximum(0.0, free - 1.0) * others
    wrong[:, :, :new, 1:new] = mass[..., 1:] * (np.maximum(0.0, free) * others)[..., None]
    return right, wrong


def _best_of_three(kinds: Kinds, then: Array, sums: Array, kept: tuple[int, int]) -> Array:
    """(states, models, models): the mass that is right if the best of two texts and of what one more says is kept."""
    states, models, nodes, places = sums.shape
    true = (1.0 - kinds.wrong) @ sums  # (states, models, others, right)
    false = kinds.wrong @ _says_wrongly(kinds, then, sums, kept).reshape(states, models, nodes, len(kept) * places)
    here = false.reshape(
        states, models, -1, len(kept), places
    )  # by what is right, then by what is said, a new text last
    best = np.concatenate([true[..., 1:], true[..., :1]], axis=-1)
    for row in range(len(kept)):
        np.maximum(best, here[..., row, :], out=best)
    return _summed(best)


def _says_wrongly(kinds: Kinds, then: Array, sums: Array, kept: tuple[int, int]) -> Array:
    """(states, models, nodes, kept, said): the mass of each wrong text, or a new one, where what is kept is right."""
    places = sums.shape[-1]
    found = np.empty((*sums.shape[:-1], len(kept), places))
    others, lures = kinds.others[:, None], kinds.lures[:, None]
    free = max(0.0, kinds.answers - places + 1.0)
    for row, place in enumerate(kept):
        found[..., row, :-1] = others * sums[..., place, None] + lures * then[..., place, 1:]
        found[..., row, place - 1] = 0.0
        found[..., row, -1] = kinds.others * free * sums[..., place] + kinds.lures * then[..., place, UNSAID]
    return found


def _summed(of: Array) -> Array:
    """Over the last axis, which is so short that it is quicker place by place."""
    return np.asarray(sum(of[..., place] for place in range(1, of.shape[-1])) + of[..., 0])
