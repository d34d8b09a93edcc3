"""What Prometheus is told: sums folded from the ledger's rows as they are written, and states read when asked.

Labels come from the configuration only: routes, models, outcomes; never a key, a user or a prompt. Folding is plain
arithmetic on numbers of our own; the families of prometheus-client are made at each scrape.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pantler.gateway.folds import BOUNDS, Durations, Folds, Labels
from pantler.live.upstream import Upstream

NAMES = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"]
NANO = 1e9
Gauges = Mapping[str, tuple[str, Callable[[], float]]]  # by name: what it says, how it is read


class Metrics(Collector):
    """Folds rows; `gauges` are read at each scrape, those whose name ends in `_total` as counters.

    Where every name is passed on, the `models` that are not configured are counted together.
    """

    def __init__(self, models: Collection[str] = ()) -> None:
        self.gauges: Gauges = {}
        self.further: Callable[[], Iterable[Metric]] = tuple  # families that are made at each scrape
        self.folds = Folds(models)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def use(self, models: Collection[str]) -> None:
        """Other models are configured from now on."""
        self.folds.models = models

    def turned_away(self, code: str) -> None:
        """A request of nobody that is known."""
        self.folds.add("turned_away", (code,), 1)

    def unrecorded(self, code: str) -> None:
        """One of them has no row of its own."""
        self.folds.add("unrecorded", (code,), 1)

    def text(self) -> bytes:
        """The whole of it as Prometheus reads it."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        yield _family(
            self.folds.requests, "pantler_request_seconds", "From a request to its row", ["route", "tier", "outcome"]
        )
        yield _family(
            self.folds.calls, "pantler_call_seconds", "Calls of models, queueing included", ["model", "outcome"]
        )
        yield _family(
            self.folds.first_bytes,
            "pantler_first_byte_seconds",
            "From a call to its stream's first piece, or its answer's head",
            ["model"],
        )
        for name, (says, labels, unit) in COUNTERS.items():
            family = CounterMetricFamily(f"pantler_{name}", says, labels=labels)
            for each, value in self._sums(name).items():
                family.add_metric(each, value / unit)
            yield family
        for name, (says, read) in self.gauges.items():
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield kind(name, says, value=read())
        yield from self.further()

    def _sums(self, name: str) -> Mapping[Labels, float]:
        return self.folds.saved() if name == "saved_dollars" else self.folds.sums.get(name, {})


def _family(durations: Mapping[Labels, Durations], name: str, says: str, labels: list[str]) -> Metric:
    """As Prometheus has it: each bucket counts what the ones before it count too."""
    family = HistogramMetricFamily(name, says, labels=labels)
    for each, found in durations.items():
        total, buckets = 0, []
        for bound, count in zip(NAMES, found.counts, strict=True):
            total += count
            buckets.append((bound, total))
        family.add_metric(each, buckets, found.seconds)
    return family


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
    "unrecorded": ("Those of them that have no row of their own", ["code"], 1.0),
}
