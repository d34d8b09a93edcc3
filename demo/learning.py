"""What a multiplexer makes of the same requests that was fitted to the recorded answers of half of the questions.

It is replayed through the engine, and hears of the same three in ten answers as the gateway does.
"""

from pathlib import Path

import msgspec

from checker import questions, recorded
from comparison import Sums
from pantler.build import multiplexer, policy
from pantler.config.prices import price_of
from pantler.config.values import Choice, Config
from pantler.core.cache import Cache
from pantler.core.capacity import parse_bytes
from pantler.core.cost import Tokens, money
from pantler.core.engine import Engine
from pantler.core.types import Call, Outcome, Query, Rating, Serve
from pantler.embedders.hashing import Hashing
from pantler.fitted import read_fitted, write_fitted
from pantler.live.experts import Expert, Scale
from pantler.simulator.fitting.whole import Sought, fitted_to
from pantler.texts.reading import Reading
from pantler.traces.outcomes import read_outcomes
from popularity import Request
from recordings import Recordings

LEARNED = "learned + auto"
FILE = "route.pantler"
NANO = 1e9
QUALITY_LOSS = 0.05


def fit(config: Config, folder: Path) -> Path:
    """Fit to the recorded answers of every second question; the file that was written."""
    chosen = {question.question for question in questions()[::2]}
    prices = {model.name: price_of(model)[0] for model in config.models}
    rows = []
    for line in recorded():
        price = prices[line.model]
        assert price is not None, "the demo's configuration declares every price"
        tokens = {"tokens_in": line.tokens_in, "tokens_out": line.tokens_out}
        paid = money(price, Tokens(**tokens)) / NANO
        row = {"query_id": line.question, "prompt": line.question, "model": line.model, "score": float(line.right)}
        if line.question in chosen:
            rows.append({**row, "cost_usd": paid, **tokens})
    outcomes = folder / "half.jsonl"
    outcomes.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    fitted, _ = fitted_to(read_outcomes(outcomes), Reading(Hashing()), Sought("hashing", QUALITY_LOSS))
    write_fitted(fitted, folder / FILE)
    return folder / FILE


class Learning:
    """The engine with the fitted multiplexer, over `recordings`."""

    def __init__(self, config: Config, recordings: Recordings, file: Path) -> None:
        (route,) = config.routes
        route = msgspec.structs.replace(route, multiplexer=Choice("learned", fitted=str(file)))
        config = msgspec.structs.replace(config, routes=(route,))
        self._recordings = recordings
        self._route = route.name
        self._keys = {question.question: number for number, question in enumerate(questions())}
        self._reference = config.models[-1].name
        self._engine = Engine(Cache(policy("auto"), parse_bytes(config.cache.capacity)), multiplexer(config))
        prices = [price_of(model)[0] for model in config.models]
        scale = Scale(route.models, tuple(price for price in prices if price is not None), len(prices) - 1)
        self._expert = Expert(scale, Reading(Hashing()), read_fitted(file))

    def replay(self, requests: list[Request]) -> Sums:
        """All requests, one after the other."""
        found = [self._served(request) for request in requests]
        spent, paid, baselines, right = (sum(each) for each in zip(*found, strict=True))
        return Sums(len(requests), right, spent, saved_by_cache=paid - spent, saved_by_choice=baselines - paid)

    def _served(self, request: Request) -> tuple[int, int, int, bool]:
        """What was spent now, what the answer cost when it was brought, what the reference costs, if it was right."""
        query, spent = Query(self._keys[request.question.question], route=self._route), 0
        found = self._engine.look(query)
        if isinstance(found, Serve):
            model = found.model
            if found.upgrade is not None:
                spent = self._asked(query, found.upgrade, request)
        else:
            text = request.question.question
            appraisal = self._expert.appraise(text, self._expert.tokens_of(text))
            query = msgspec.structs.replace(query, appraisal=appraisal)
            call = self._engine.decide(msgspec.structs.replace(found, query=query))
            model = call.plan.models[-1]
            spent = self._asked(query, call, request)
        right = self._recordings.is_right(model, request)
        if request.is_rated:
            self._engine.learn(Rating(query, model, float(right)))
        return spent, self._recordings.paid(model, request), self._recordings.paid(self._reference, request), right

    def _asked(self, query: Query, call: Call, request: Request) -> int:
        (model,) = call.plan.models
        paid, size = self._recordings.paid(model, request), self._recordings.entry(model, request).size_bytes
        self._engine.learn(Outcome(query, model, float(paid), size_bytes=size))
        return paid
