"""The chance with which a label of a model came into a ledger, by either of two ways.

    P(label of m) = p_m + (1 - p_m) s c

p_m is the propensity of asking m, given the answers before its own: of the plans that ask it first, and of the plan by
which it was asked later, which goes on for certain after such answers. That a plan seldom goes on makes no label of its
later models count for more: nobody has heard what they say where it does not, and it is not as hard there.

c is the chance that m is drawn of those that may be asked beside the first, s how many labels there are of answers
beside requests for each of the requests' own, on the same route.
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
    """With which the model was asked; `unknown` where no plan that had a chance asks it so."""
    asked = tuple([call.model for call in row.asked])
    goes_on = model in asked[1:]
    ways = [
        each.propensity
        for each in row.candidates
        if each.models[0] == model or (goes_on and each.models[: len(asked)] == asked)
    ]
    return min(1.0, sum(ways)) or unknown
