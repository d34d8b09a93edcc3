"""What an audit says of the fresh answer: as much as the stored one is believed, and the two questions are the same.

    disagree:  P(fresh one wrong) / P(right)  times  1 / d             d = 1 - (1 - p)(1 - w)
    agree:     P(fresh one right) / P(wrong)  times  (1 - d) / (c d)

p is the chance that the stored answer is wrong for its own question, w that the questions differ, and c how often two
answers agree of which one is wrong. The matcher drew the audit before either answer was compared, so that disagreements
are heard of as often as they are: a route that heard of agreements alone would believe its models better than they are.
"""

from pantler.core.edges import Store
from pantler.core.types import Rating, Serve
from pantler.live.errands import Errand
from pantler.live.likeness import Surroundings
from pantler.matching.values import Finding

COINCIDENCE = 0.5  # c; what is often thought is often thought wrongly


class Vouching:
    """Tells the engine of the answers that audits have brought."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def audited(self, errand: Errand, finding: Finding, agrees: bool) -> None:
        """A judge has held an audit's answer beside the stored one, if another model's or one that was rated."""
        item = self._around.engine.cache.peek(finding.key)
        stored: Serve | None = None if item is None else item.payload
        model = _answered_by(self._around.store, errand)
        if stored is None or model is None or (model == stored.model and not stored.is_told):
            return
        rating = Rating(errand.query, model, float(agrees), reliability(stored.wrong, finding.wrong, agrees=agrees))
        if rating.is_label:
            self._around.rate(rating, is_this=lambda entry: entry.decision == errand.decision)


def reliability(wrong: float, differs: float, *, agrees: bool) -> float:
    """How far such a word is to be believed, 0.5 where it says nothing."""
    doubt = 1.0 - (1.0 - wrong) * (1.0 - differs)
    factor = (1.0 - doubt, COINCIDENCE * doubt) if agrees else (1.0, doubt)
    return max(0.5, factor[0] / sum(factor))


def _answered_by(store: Store, errand: Errand) -> str | None:
    """The model whose answer to an errand is stored, if it is there still."""
    entry = store.get(errand.query.key)
    return entry.model if entry is not None and entry.decision == errand.decision else None
