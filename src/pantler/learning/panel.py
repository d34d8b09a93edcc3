"""What the answers and ratings of one question tell of every model's answer to it.

    log-odds of P(m is wrong | q, u) = z_m sqrt(1 + l_m^2 / 2.9) + l_m u       u ~ Normal(0, 1): harder than it looks
    a wrong answer is the question's lure with chance a, else one of its K - 1 wrong answers, whichever it is

z_m is what was believed before any call, l_m and a are fitted (`fitting.panels`). The root keeps the mean over u at
expit z_m, about. `mass` (nodes, texts, texts) is how likely each node of (u, a) is, with the text that is right and the
one that lures, after all that was heard; its place 0 stands for every text that nobody has said.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
UNHEARD, EMPTY, UNSAID = -2, -1, 0  # places of models that were not asked, of no answer, of what nobody has said
NONE = 1e-300  # what is all but impossible


class Panel(NamedTuple):
    """`wrong` (questions, models, nodes) at each node, of which `shares` and `lures` (nodes,) tell the weight and a.

    `texts` (questions, models) as options have them, `answers` is K; `compares` tells if there are any. `taken` and
    `further` are what `simulator.joint.foreseeing` finds, of no questions where nothing can be compared.
    """

    wrong: Any
    shares: Any
    lures: Any
    texts: Any
    answers: float
    compares: bool
    taken: Any
    further: Any


class Heard(NamedTuple):
    """What a row has heard: `asked` (keys, models), then room for what is reckoned of one question at a time.

    `places` says which text each model has said; `gains` (keys, models, models) and `further` (keys, models) are what
    `simulator.joint.foreseeing` finds, `reckoned` by what was known.
    """

    asked: Any
    gains: Any
    further: Any
    reckoned: Any
    places: Any
    mass: Any
    then: Any
    sums: Any
    now: Any


def heard(keys: int, models: int, nodes: int) -> Heard:
    """Nothing yet."""
    room = (nodes, models + 2, models + 2)
    return Heard(
        asked=np.zeros((keys, models), np.bool_),
        gains=np.zeros((keys, models, models)),
        further=np.zeros((keys, models)),
        reckoned=np.zeros(keys, np.int64),
        places=np.zeros(models, np.int64),
        mass=np.zeros(room),
        then=np.zeros(room),
        sums=np.zeros(room[:2]),
        now=np.zeros(models),
    )


def hear_again(panel: Panel, mass: Any, texts: int, wrong: Any, text: int) -> None:
    """A model says a text that another has said."""
    for j in range(len(wrong)):
        lure = panel.lures[j]
        other = (1.0 - lure) / (panel.answers - 1.0)
        for right in range(texts + 1):
            for lured in range(texts + 1):
                if right == text:
                    mass[j, right, lured] *= 1.0 - wrong[j]
                else:
                    mass[j, right, lured] *= wrong[j] * (other + lure if lured == text else other)


def hear_new(panel: Panel, mass: Any, texts: int, wrong: Any) -> None:
    """A model says what nobody has said; it takes the next place."""
    new, left = texts + 1, panel.answers - texts
    for j in range(len(wrong)):
        lure = panel.lures[j]
        other = wrong[j] * (1.0 - lure) / (panel.answers - 1.0)
        lures = wrong[j] * lure + other
        for lured in range(new):
            mass[j, new, lured] = mass[j, UNSAID, lured] * (1.0 - wrong[j])
        mass[j, new, new] = 0.0
        for right in range(new):
            free = left - 1.0 if right == UNSAID else left
            mass[j, right, new] = mass[j, right, UNSAID] * lures
            mass[j, right, UNSAID] *= max(0.0, free - 1.0) * other
            for lured in range(1, new):
                mass[j, right, lured] *= max(0.0, free) * other


def sum_up(mass: Any, texts: int, sums: Any) -> None:
    """Whatever lures; by node and what is right."""
    for j in range(len(sums)):
        for right in range(texts + 1):
            sums[j, right] = 0.0
            for lured in range(texts + 1):
                sums[j, right] += mass[j, right, lured]


def scale(mass: Any, texts: int, j: int, factor: float) -> None:
    """Of one node, whatever is right."""
    for right in range(texts + 1):
        for lured in range(texts + 1):
            mass[j, right, lured] *= factor


def weigh(panel: Panel, of: Heard, labels: Any, key: int, question: int) -> int:
    """All that was heard of a question, into `mass` and `places`; how many texts were said."""
    for j in range(len(panel.shares)):
        of.mass[j, 0, 0] = panel.shares[j]
    texts = 0
    for model in range(len(of.places)):
        of.places[model] = UNHEARD
        if not panel.compares:
            rate_alone(of, panel.wrong[question, model], labels[key, model])
        elif of.asked[key, model]:
            texts = listen(panel, of, question, model, texts)
    rule_out(of, labels, key, texts)
    return texts


def rate_alone(of: Heard, wrong: Any, label: Any) -> None:
    """What was said of an answer that cannot be compared tells how hard the question is."""
    if label[0] > 0.0:
        said = label[1] / label[0]
        for j in range(len(wrong)):
            scale(of.mass, 0, j, wrong[j] ** said * (1.0 - wrong[j]) ** (1.0 - said))


def listen(panel: Panel, of: Heard, question: int, model: int, texts: int) -> int:
    """What a model has said, after those before it; how many texts were said then."""
    wrong, text = panel.wrong[question, model], panel.texts[question, model]
    if text < 0:
        of.places[model] = EMPTY
        for j in range(len(wrong)):
            scale(of.mass, texts, j, wrong[j])
        return texts
    for other in range(model):
        if of.places[other] > 0 and panel.texts[question, other] == text:
            of.places[model] = of.places[other]
    if of.places[model] > 0:
        hear_again(panel, of.mass, texts, wrong, of.places[model])
        return texts
    hear_new(panel, of.mass, texts, wrong)
    of.places[model] = texts + 1
    return texts + 1


def rule_out(of: Heard, labels: Any, key: int, texts: int) -> None:
    """What was said to be wrong cannot be right, nor anything beside what was said to be right."""
    for model in range(len(of.places)):
        place = of.places[model]
        if place <= 0 or labels[key, model, 0] == 0.0:
            continue
        is_wrong = labels[key, model, 1] / labels[key, model, 0] >= 0.5
        for j in range(len(of.mass)):
            for right in range(texts + 1):
                if (right == place) == is_wrong:
                    for lured in range(texts + 1):
                        of.mass[j, right, lured] = 0.0


def settle(panel: Panel, of: Heard, question: int, texts: int, chances: Any) -> float:
    """P(wrong) of every model's answer, after `weigh`; the mass of all."""
    total = 0.0
    for model in range(len(chances)):
        chances[model] = 0.0
    for j in range(len(panel.shares)):
        every = 0.0
        for right in range(texts + 1):
            here = 0.0
            for lured in range(texts + 1):
                here += of.mass[j, right, lured]
            every += here
            for model in range(len(chances)):
                if right > 0 and of.places[model] == right:
                    chances[model] += here
        total += every
        for model in range(len(chances)):
            if of.places[model] == UNHEARD:
                chances[model] += every * (1.0 - panel.wrong[question, model, j])
    for model in range(len(chances)):
        chances[model] = 1.0 - chances[model] / total if total > NONE else 1.0
    return max(total, NONE)
