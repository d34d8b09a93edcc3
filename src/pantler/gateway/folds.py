"""Sums over the ledger's rows, folded in as they are written: plain arithmetic on numbers of our own.

Labels come from the configuration only: routes, models, outcomes; never a key, a user or a prompt.
"""

from collections.abc import Collection
from typing import Final

from pantler.core.rows import Alike, Asked, Row
from pantler.gateway.routes import ANY

BOUNDS: Final[tuple[float, ...]] = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25),
    *(0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0),
)
ANSWERED: Final = "answered"

Labels = tuple[str, ...]


class Durations:
    """Counts of durations between BOUNDS."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        """One more duration."""
        place = 0  # found in a tenth of the time of a bisection, for most are among the first
        for bound in BOUNDS:
            if seconds <= bound:
                break
            place += 1
        self.counts[place] += 1
        self.seconds += seconds


class Requests(Durations):
    """Requests that ended alike: how long they took, and the nano-dollars that they saved."""

    def __init__(self) -> None:
        super().__init__()
        self.by_cache = 0
        self.by_choice = 0

    def ended(self, row: Row, seconds: float) -> None:
        """One more."""
        self.observe(seconds)
        self.by_cache += row.saved_by_cache or 0
        self.by_choice += row.saved_by_choice or 0


class Folds:
    """What rows came to; `models` are the configured ones, all others are counted together."""

    def __init__(self, models: Collection[str]) -> None:
        self.models = models
        self.requests: dict[Labels, Requests] = {}  # by route, tier, outcome
        self.calls: dict[Labels, Durations] = {}  # by model, outcome
        self.first_bytes: dict[Labels, Durations] = {}  # by model
        self.sums: dict[str, dict[Labels, float]] = {}

    def observe(self, row: Row) -> None:
        """Fold in one request."""
        self._ended(row, row.seconds)
        if row.near is not None:
            self.add("near", (row.route, row.near.reason), 1)
        for asked in row.asked:
            self._called(asked)

    def again(self, alike: Alike) -> None:
        """Fold in one that asked no model, nor looked for a near question."""
        self._ended(alike.first, alike.seconds)

    def add(self, name: str, labels: Labels, value: float) -> None:
        """Count something."""
        sums = self.sums.get(name)
        if sums is None:
            sums = self.sums[name] = {}
        sums[labels] = sums.get(labels, 0.0) + value

    def saved(self) -> dict[Labels, int]:
        """Nano-dollars by route and by what saved them."""
        sums: dict[Labels, int] = {}
        for (route, _, _), requests in self.requests.items():
            for by, nano in (("cache", requests.by_cache), ("choice", requests.by_choice)):
                if nano:
                    sums[route, by] = sums.get((route, by), 0) + nano
        return sums

    def _ended(self, row: Row, seconds: float) -> None:
        status = row.status
        outcome = ANSWERED if status < 400 else "left" if status == 499 else "refused" if status < 500 else "failed"
        labels = row.route, row.tier, outcome
        requests = self.requests.get(labels)
        if requests is None:
            requests = self.requests[labels] = Requests()
        requests.ended(row, seconds)

    def _called(self, asked: Asked) -> None:
        model, outcome, tokens = asked.model, asked.outcome, asked.tokens
        if model not in self.models:
            model = ANY
        _observe(self.calls, (model, outcome), asked.total_seconds)
        first, spent = asked.first_byte_seconds, asked.spent
        if outcome == ANSWERED and first is not None:
            _observe(self.first_bytes, (model,), first)
        self.add("tokens", (model, "in"), tokens.tokens_in)
        self.add("tokens", (model, "out"), tokens.tokens_out)
        if spent:
            self.add("spent_dollars", (model,), spent)


def _observe(durations: dict[Labels, Durations], labels: Labels, seconds: float) -> None:
    found = durations.get(labels)
    if found is None:
        found = durations[labels] = Durations()
    found.observe(seconds)
