"""The chance with which a label of a model came into a ledger, by either of two ways.

    P(label of m) = p_m + (1 - p_m) s c

p_m is the propensity of asking m first; c the chance that it is drawn of those that may be asked beside it, s how many
labels there are of answers beside requests for each of the requests' own, on the same route.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from pantler.core.rows import SHADOW, Row, request_of

MISS = "miss"


class Chances:
    """Those of the rows `labelled`; `requests` are those beside which another model was asked, by their decisions."""

    def __init__(self, labelled: Sequence[Row], requests: Mapping[str, Row]) -> None:
        self._requests = requests
        self._number = Counter((row.route, row.tier) for row in labelled)

    def of(self, row: Row) -> float:
        """That of the label of the row's model."""
        if row.tier == SHADOW:
            request = self._requests.get(request_of(row.decision))
            first = 0.0 if request is None else _propensity(request, row.model, 0.0)
            drawn = _propensity(row, row.model, 1.0)
        else:
            first = _propensity(row, row.model, 1.0)
            drawn = 1.0 / max(1, len({each.models[0] for each in row.candidates}) - 1)
        return first + (1.0 - first) * self._share(row.route) * drawn

    def _share(self, route: str) -> float:
        """Of the requests of which there is a label, those with one of another model's answer too."""
        beside, own = self._number[route, SHADOW], self._number[route, MISS]
        return min(1.0, beside / own) if own else 1.0


def _propensity(row: Row, model: str, unknown: float) -> float:
    """With which a plan was chosen that asks the model first; `unknown` where no plan that had a chance does."""
    return next((each.propensity for each in row.candidates if each.models[0] == model and each.propensity), unknown)
