"""Answers that were longer than what bounded them, from which later reservations learn."""

import logging
from collections.abc import Iterable, Mapping

from pantler.config.values import Model
from pantler.config.worst_case import most_out
from pantler.core.rows import Asked
from pantler.live.errands import Errand

log = logging.getLogger("pantler.gateway")


class Overruns:
    """For each model, the most tokens out of one choice that were seen where fewer were reserved for; 0 for none.

    `count` is of answers. Nothing of it outlives the process.
    """

    def __init__(self) -> None:
        self.count = 0
        self._most: dict[str, int] = {}

    @property
    def most(self) -> Mapping[str, int]:
        """By model, those that overran."""
        return self._most

    def heed(self, errand: Errand, asked: Iterable[Asked], models: Mapping[str, Model]) -> None:
        """Learn from the calls of one errand."""
        for call in asked:
            model = models.get(call.model)
            if model is None or call.estimated:
                continue
            bound = most_out(model, bound_of(errand), errand.choices, self._most)
            if bound is not None and call.tokens.tokens_out > bound:
                self._learn(model.name, -(-call.tokens.tokens_out // errand.choices))

    def _learn(self, model: str, tokens: int) -> None:
        self.count += 1
        self._most[model] = tokens
        log.warning(
            "%s wrote an answer of %d tokens, more than its max_tokens_out or the request allows; so many are "
            "reserved from now on. Correct max_tokens_out, or the upstream where it keeps to no limit",
            model,
            tokens,
        )


def bound_of(errand: Errand) -> int | None:
    """The request's own limit, as far as it can be relied on: a field that is not known may lift it."""
    return None if errand.is_odd else errand.most_out
