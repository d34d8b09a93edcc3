"""What asking one more model, or two, would take off the chance that what is kept is wrong.

    E[p after a] = sum over texts of P(a says it) min(P(kept is wrong | it), P(it is wrong | it))

and likewise of two, the second being asked where the first does not repeat what is kept.
"""

from typing import Any, NamedTuple

from pantler.learning.panel import (
    UNHEARD,
    UNSAID,
    Heard,
    Panel,
    hear_again,
    hear_new,
    settle,
    sum_up,
    weigh,
)
from pantler.learning.paying import Foreseen


class At(NamedTuple):
    """A key with the question it asks, the model whose answer is kept, and one that may be asked."""

    key: int
    question: int
    held: int
    asks: int = -1


class Kept(NamedTuple):
    """So many texts with their `mass` and its `sums`, and the places of the two of which the better is kept."""

    mass: Any
    sums: Any
    texts: int
    one: int
    other: int


def after_one_more(panel: Panel, kept: Kept, wrong: Any) -> float:
    """The mass of what stays wrong when one more model is asked and the best of its text and two others is kept."""
    found = 0.0
    for text in range(1, kept.texts + 2):
        total = one = other = own = 0.0
        for j in range(len(wrong)):
            for right in range(kept.texts + 1):
                true = (1.0 - wrong[j]) * kept.sums[j, right]
                if right != (UNSAID if text > kept.texts else text):
                    true = 0.0
                here = true + wrong[j] * says_wrongly(panel, kept, j, right, text)
                total += here
                own += true
                one += here if right > 0 and right == kept.one else 0.0
                other += here if right > 0 and right == kept.other else 0.0
        found += total - max(own, one, other)
    return found


def says_wrongly(panel: Panel, kept: Kept, j: int, right: int, text: int) -> float:
    """The mass at a node of what is right, times the chance that a wrong answer is this text, or one unsaid."""
    here, lure = kept.sums[j, right], panel.lures[j]
    other = (1.0 - lure) / (panel.answers - 1.0)
    if text <= kept.texts:
        return 0.0 if right == text else float(other * here + lure * kept.mass[j, right, text])
    free = panel.answers - kept.texts - (1.0 if right == UNSAID else 0.0)
    return float(other * max(0.0, free) * here + lure * kept.mass[j, right, UNSAID])


def foresee(panel: Panel, of: Heard, labels: Any, at: At, out: Foreseen) -> None:
    """After all that was heard of a question."""
    texts = weigh(panel, of, labels, at.key, at.question)
    whole = settle(panel, of, at.question, texts, of.now)
    for model in range(len(of.now)):
        if labels[at.key, model, 0] > 0.0:
            of.now[model] = labels[at.key, model, 1] / labels[at.key, model, 0]
    before = of.now[at.held]
    for a in range(len(of.now)):
        is_known = a == at.held or not panel.compares or of.places[a] != UNHEARD
        out.further[a] = 1.0
        for b in range(len(of.now)):
            out.gains[a, b] = max(0.0, before - of.now[a]) if is_known else 0.0
        if not is_known:
            foresee_one(panel, of, At(at.key, at.question, at.held, a), texts, out)
            for b in range(len(of.now)):
                out.gains[a, b] = before - out.gains[a, b] / whole
            out.further[a] /= whole


def foresee_one(panel: Panel, of: Heard, at: At, texts: int, out: Foreseen) -> None:
    """The masses of what stays wrong after one model, and of what it does not repeat."""
    a, wrong, mine = at.asks, panel.wrong[at.question, at.asks], of.places[at.held]
    out.further[a] = 0.0
    sum_up(of.mass, texts, of.sums)
    out.gains[a, a] = after_one_more(panel, Kept(of.mass, of.sums, texts, mine, mine), wrong)
    for text in range(1, texts + 2):
        said = suppose(panel, of, texts, wrong, text)
        total, stays = stays_wrong(of, said, mine, text)
        out.further[a] += 0.0 if text == mine else total
        for b in range(len(of.now)):
            if b == a:
                continue
            if text == mine or b == at.held or of.places[b] != UNHEARD:
                out.gains[a, b] += stays
            else:
                kept = Kept(of.then, of.sums, said, mine, text)
                out.gains[a, b] += after_one_more(panel, kept, panel.wrong[at.question, b])


def suppose(panel: Panel, of: Heard, texts: int, wrong: Any, text: int) -> int:
    """What would be known if one more model said a text, into `then` and `sums`; how many texts were said then."""
    for j in range(len(wrong)):
        for right in range(texts + 1):
            for lured in range(texts + 1):
                of.then[j, right, lured] = of.mass[j, right, lured]
    if text <= texts:
        hear_again(panel, of.then, texts, wrong, text)
    else:
        hear_new(panel, of.then, texts, wrong)
    sum_up(of.then, max(texts, text), of.sums)
    return max(texts, text)


def stays_wrong(of: Heard, texts: int, mine: int, text: int) -> tuple[float, float]:
    """The mass of what was heard, and how much of it stays wrong if the better of two texts is kept."""
    total = kept = own = 0.0
    for j in range(len(of.sums)):
        for right in range(texts + 1):
            total += of.sums[j, right]
        kept += of.sums[j, mine] if mine > 0 else 0.0
        own += of.sums[j, text]
    return total, total - max(kept, own)


def foresee_all(panel: Panel, of: Heard, labels: Any, gains: Any, further: Any) -> None:
    """Of every question after each first model, whatever that says."""
    for question in range(len(gains)):
        for first in range(len(of.places)):
            of.asked[0, first] = True
            out = Foreseen(gains[question, first], further[question, first])
            foresee(panel, of, labels, At(0, question, first), out)
            of.asked[0, first] = False
