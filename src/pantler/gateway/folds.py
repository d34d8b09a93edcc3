"""Sums over the ledger's rows, folded in as they are written: plain arithmetic on numbers of our own.

Labels come from the configuration only: routes, models, outcomes; never a key, a user or a prompt.
"""

from bisect import bisect_left
from collections.abc import Collection

from pantler.core.rows import Asked, Row
from pantler.gateway.routes import ANY

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
ANSWERED = "answered"

Labels = tuple[str, ...]


class Durations:
    """Counts of durations between BOUNDS, by labels."""

    def __init__(self) -> None:
        self.counts: dict[Labels, list[int]] = {}
        self.sums: dict[Labels, float] = {}

    def observe(self, labels: Labels, seconds: float) -> None:
        """One more duration."""
        counts = self.counts.get(labels)
        if counts is None:
            counts = self.counts[labels] = [0] * (len(BOUNDS) + 1)
        counts[bisect_left(BOUNDS, seconds)] += 1
        self.sums[labels] = self.sums.get(labels, 0.0) + seconds


class Folds:
    """What rows came to; `models` are the configured ones, all others are counted together."""

    def __init__(self, models: Collection[str]) -> None:
        self.models = models
        self.requests = Durations()  # route, tier, outcome
        self.calls = Durations()  # model, outcome
        self.first_bytes = Durations()  # model
        self.sums: dict[str, dict[Labels, float]] = {}

    def observe(self, row: Row) -> None:
        """Fold in one request."""
        status = row.status
        outcome = ANSWERED if status < 400 else "left" if status == 499 else "refused" if status < 500 else "failed"
        self.requests.observe((row.route, row.tier, outcome), row.seconds)
        if row.saved_by_cache:
            self.add("saved_dollars", (row.route, "cache"), row.saved_by_cache)
        if row.saved_by_choice:
            self.add("saved_dollars", (row.route, "choice"), row.saved_by_choice)
        if row.near is not None:
            self.add("near", (row.route, row.near.reason), 1)
        for asked in row.asked:
            self._called(asked)

    def add(self, name: str, labels: Labels, value: float) -> None:
        """Count something."""
        sums = self.sums.get(name)
        if sums is None:
            sums = self.sums[name] = {}
        sums[labels] = sums.get(labels, 0.0) + value

    def _called(self, asked: Asked) -> None:
        model = asked.model if asked.model in self.models else ANY
        self.calls.observe((model, asked.outcome), asked.total_seconds)
        if asked.outcome == ANSWERED and asked.first_byte_seconds is not None:
            self.first_bytes.observe((model,), asked.first_byte_seconds)
        self.add("tokens", (model, "in"), asked.tokens.tokens_in)
        self.add("tokens", (model, "out"), asked.tokens.tokens_out)
        if asked.spent:
            self.add("spent_dollars", (model,), asked.spent)
