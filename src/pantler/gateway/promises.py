"""What near answers promise, and what was seen of it, as Prometheus is told; circles of a route are taken together.

Of what was seen the worst circle speaks, among those whose hits have labels: without any, nothing is known of a rate.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from pantler.live.observed import NOTHING
from pantler.live.reports import Report

LABELS = ["route", "per"]
REQUEST, HIT = "request", "hit"


def families(reports: Iterable[Report]) -> Iterator[Metric]:
    """Errors promised and observed, the latter with the ends of their intervals."""
    by_route: dict[str, list[Report]] = defaultdict(list)
    for each in reports:
        by_route[each.route].append(each)
    promised = GaugeMetricFamily("pantler_near_promised", "Wrong near answers that are promised at most", labels=LABELS)
    names = {"share": "pantler_near_wrong", "least": "pantler_near_wrong_least", "most": "pantler_near_wrong_most"}
    observed = {
        end: GaugeMetricFamily(name, f"Wrong near answers as labels have shown, {end}", labels=LABELS)
        for end, name in names.items()
    }
    certified = GaugeMetricFamily("pantler_near_certified", "Circles that serve near answers", labels=["route"])
    credit = GaugeMetricFamily("pantler_near_credit", "Errors that may still be served, at least", labels=["route"])
    for route, circles in by_route.items():
        certified.add_metric([route], sum(each.is_certified and not each.probation_left for each in circles))
        credit.add_metric([route], min(each.credit for each in circles))
        promised.add_metric([route, REQUEST], circles[0].promised_per_request)
        promised.add_metric([route, HIT], circles[0].promised_per_hit or 1.0)
        seen = [each for each in circles if each.per_hit != NOTHING] or circles
        for end, family in observed.items():
            family.add_metric([route, REQUEST], max(getattr(each.per_request, end) for each in seen))
            family.add_metric([route, HIT], max(getattr(each.per_hit, end) for each in seen))
    yield from (promised, *observed.values(), certified, credit)
