"""What a circle promises and what was seen of it, for an operator to read."""

from collections.abc import Mapping

import msgspec

from pantler.live.asking import Circle
from pantler.live.circles import Matching
from pantler.live.observed import Rate


class Report(msgspec.Struct, frozen=True):
    """One circle: whether it serves, and the figures that say why.

    Once certified, `probation_left` sure hits more are asked all the same, where errors per hit are promised.
    `requests` earned credit, `served` are hits. `credit` are errors that may still be served. `per_hit` is the share of
    wrong ones among hits by the audits, in shadow among those that would have been; `per_request` follows from it.
    `trial_*` are those of the shadow that is under way. `reasons` counts what came of each look.
    """

    tenant: str
    route: str
    operation: str
    is_certified: bool
    probation_left: int
    requests: int
    served: int
    texts: int
    labels: int
    audits: int
    credit: float
    cutoff: float
    promised_per_request: float
    promised_per_hit: float | None
    per_request: Rate
    per_hit: Rate
    trial_requests: int
    trial_served: int
    trial_wrong: float
    trials_failed: int
    reasons: Mapping[str, int]


def report(circle: Circle, matching: Matching, reasons: Mapping[str, int]) -> Report:
    """What there is to say of a circle now."""
    matcher, promise = matching.matcher, matching.matcher.promise
    seen = matching.audited if promise.certified else matching.in_shadow
    per_hit = seen.rate()
    hits = matching.served if promise.certified else promise.trial.served
    share = hits / max(1, promise.requests)
    return Report(
        tenant=circle.owner,
        route=circle.route,
        operation=circle.operation,
        is_certified=promise.certified,
        probation_left=promise.probation_left,
        requests=promise.requests,
        served=matching.served,
        texts=len(matching.members),
        labels=matcher.belief.labels,
        audits=matching.audited.labels,
        credit=promise.credit,
        cutoff=matcher.cutoff.level,
        promised_per_request=promise.per_request,
        promised_per_hit=promise.per_hit,
        per_request=Rate(*[share * end for end in per_hit]),
        per_hit=per_hit,
        trial_requests=promise.trial.requests,
        trial_served=promise.trial.served,
        trial_wrong=promise.trial.wrong,
        trials_failed=promise.failed,
        reasons=dict(reasons),
    )
