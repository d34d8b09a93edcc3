"""What an audit says of the fresh answer: as much as the stored one is believed, and the two questions are the same.

The matcher drew the audit before either answer was compared, so that disagreements are heard of as often as they are: a
route that heard of agreements alone would believe its models better than they are. How much a comparison tells is as
`learning.agreeing` has it.
"""

from pantler.core.edges import Store
from pantler.core.types import Rating, Serve
from pantler.learning.agreeing import reliability
from pantler.live.errands import Errand
from pantler.live.likeness import Surroundings
from pantler.matching.values import Finding


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


def _answered_by(store: Store, errand: Errand) -> str | None:
    """The model whose answer to an errand is stored, if it is there still."""
    entry = store.get(errand.query.key)
    return entry.model if entry is not None and entry.decision == errand.decision else None
