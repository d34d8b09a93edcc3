"""What tallies tell of a plan at one query: a lower bound of its cost, the parts of its mean cost."""

from math import inf

from pantler.core.tallies import View
from pantler.core.types import Fails, Foresee, Plan


class Place:
    """What a query is decided by: what was seen, B1 and B2, what calls of untried models are likely to charge."""

    __slots__ = ("fails", "foresee", "high", "low", "view")

    def __init__(self, view: View, bounds: tuple[float, float], foresee: Foresee | None, fails: Fails | None) -> None:
        self.view = view
        self.low, self.high = bounds
        self.foresee = foresee
        self.fails = fails


class Known:
    """What is known of a place: the means, the least that its charge may be in truth, and what they are held by."""

    __slots__ = (
        "charge",
        "defer",
        "fails",
        "held",
        "is_told",
        "is_tried",
        "labels",
        "least_charge",
        "seconds",
        "wrong",
    )

    def __init__(self, charge: float, seconds: float, wrong: float) -> None:
        self.charge = charge
        self.seconds = seconds
        self.wrong = wrong
        self.least_charge = -inf
        self.defer = 0.0
        self.fails = 0.0  # the part of `wrong` that was seen of late, and is in no doubt
        self.labels = 0.0
        self.held = 0.0
        self.is_told = False
        self.is_tried = False


class Weighed:
    """A plan at one query: the lower bound of its cost, the parts of its mean cost, what these are held by."""

    __slots__ = (
        "charged",
        "fails",
        "floor",
        "held",
        "is_firm",
        "is_told",
        "is_tried",
        "labels",
        "plan",
        "seconds",
        "wrong",
    )

    def __init__(self, plan: Plan, floor: float, charged: float, seconds: float, wrong: float) -> None:
        self.plan = plan
        self.floor = floor
        self.charged = charged
        self.seconds = seconds
        self.wrong = wrong
        self.fails = 0.0  # the part of `wrong` that was seen of late, and is in no doubt
        self.labels = 0.0  # of the place that has fewest, over the route
        self.held = 0.0  # the labels by which its P(wrong) is held at this query
        self.is_tried = False
        self.is_firm = True  # whether enough is known of it to choose it but for trying
        self.is_told = False  # whether anything is known of its charge, by calls or by prices


def note_firm(weighed: list[Weighed], reference: Plan, error: float, few: float) -> None:
    """Note which plans have a few labels, or cost less than the reference model were they always wrong."""
    bar = min([each.charged + error * each.wrong for each in weighed if each.plan == reference], default=0.0)
    for each in weighed:
        is_safe = each.is_told and each.charged + error < bar
        each.is_firm = is_safe or each.labels >= few or each.plan == reference
