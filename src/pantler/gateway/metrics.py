"""What Prometheus is told: sums folded from the ledger's rows as they are written, and states read when asked.

Labels come from the configuration only: routes, models, outcomes; never a key, a user or a prompt. Folding is plain
arithmetic on numbers of our own; the families of prometheus-client are made at each scrape.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pantler.core.rows import Asked, Row
from pantler.gateway.routes import ANY
from pantler.live.upstream import Upstream

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
NAMES = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"]
NANO = 1e9
ANSWERED = "answered"

Labels = tuple[str, ...]
Gauges = Mapping[str, tuple[str, Callable[[], float]]]  # by name: what it says, how it is read


class Durations:
    """Counts of durations, by labels."""

    def __init__(self) -> None:
        self.counts: dict[Labels, list[int]] = {}
        self.sums: dict[Labels, float] = defaultdict(float)

    def observe(self, labels: Labels, seconds: float) -> None:
        """One more duration."""
        counts = self.counts.get(labels)
        if counts is None:
            counts = self.counts[labels] = [0] * len(NAMES)
        counts[bisect_left(BOUNDS, seconds)] += 1
        self.sums[labels] += seconds

    def family(self, name: str, says: str, labels: list[str]) -> Metric:
        """As Prometheus has it: each bucket counts what the ones before it count too."""
        family = HistogramMetricFamily(name, says, labels=labels)
        for each, counts in self.counts.items():
            total, buckets = 0, []
            for bound, count in zip(NAMES, counts, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric(each, buckets, self.sums[each])
        return family


class Metrics(Collector):
    """Folds rows; `gauges` are read at each scrape, those whose name ends in `_total` as counters.

    `models` are the configured ones; where every name is passed on, all others are counted together.
    """

    def __init__(self, models: Collection[str] = ()) -> None:
        self.gauges: Gauges = {}
        self.further: Callable[[], Iterable[Metric]] = tuple  # families that are made at each scrape
        self.models = models
        self._requests = Durations()  # route, tier, outcome
        self._calls = Durations()  # model, outcome
        self._first_bytes = Durations()  # model
        self._sums: dict[str, dict[Labels, float]] = defaultdict(lambda: defaultdict(float))
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def observe(self, row: Row) -> None:
        """Fold in one request."""
        status = row.status
        outcome = ANSWERED if status < 400 else "left" if status == 499 else "refused" if status < 500 else "failed"
        self._requests.observe((row.route, row.tier, outcome), row.seconds)
        if row.saved_by_cache:
            self._add("saved_dollars", (row.route, "cache"), row.saved_by_cache)
        if row.saved_by_choice:
            self._add("saved_dollars", (row.route, "choice"), row.saved_by_choice)
        if row.near is not None:
            self._add("near", (row.route, row.near.reason), 1)
        for asked in row.asked:
            self._called(asked)

    def turned_away(self, code: str) -> None:
        """A request of nobody that is known."""
        self._add("turned_away", (code,), 1)

    def text(self) -> bytes:
        """The whole of it as Prometheus reads it."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        yield self._requests.family(
            "pantler_request_seconds", "From a request to its row", ["route", "tier", "outcome"]
        )
        yield self._calls.family("pantler_call_seconds", "Calls of models, queueing included", ["model", "outcome"])
        yield self._first_bytes.family(
            "pantler_first_byte_seconds", "From a call to its stream's first piece", ["model"]
        )
        for name, (says, labels, unit) in COUNTERS.items():
            family = CounterMetricFamily(f"pantler_{name}", says, labels=labels)
            for each, value in self._sums[name].items():
                family.add_metric(each, value / unit)
            yield family
        for name, (says, read) in self.gauges.items():
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield kind(name, says, value=read())
        yield from self.further()

    def _called(self, asked: Asked) -> None:
        model = asked.model if asked.model in self.models else ANY
        self._calls.observe((model, asked.outcome), asked.total_seconds)
        if asked.outcome == ANSWERED and asked.first_byte_seconds is not None:
            self._first_bytes.observe((model,), asked.first_byte_seconds)
        self._add("tokens", (model, "in"), asked.tokens.tokens_in)
        self._add("tokens", (model, "out"), asked.tokens.tokens_out)
        if asked.spent:
            self._add("spent_dollars", (model,), asked.spent)

    def _add(self, name: str, labels: Labels, value: float) -> None:
        self._sums[name][labels] += value


def standing(upstreams: Mapping[str, Upstream]) -> Metric:
    """Which upstreams are not asked, or in vain."""
    family = GaugeMetricFamily("pantler_upstream_down", "1 while an upstream is down", labels=["model", "reason"])
    for name, upstream in upstreams.items():
        family.add_metric((name, "breaker_open"), float(upstream.breaker.is_open))
        family.add_metric((name, "key_refused"), float(upstream.is_locked_out))
    return family


COUNTERS = {
    "tokens": ("Tokens that models read and wrote", ["model", "direction"], 1.0),
    "spent_dollars": ("US dollars that models charged", ["model"], NANO),
    "saved_dollars": ("US dollars saved against the reference model without a cache", ["route", "by"], NANO),
    "near": ("Requests beside the nearest question, by what came of it", ["route", "reason"], 1.0),
    "turned_away": ("Requests without a known key, by the code of the error", ["code"], 1.0),
}
