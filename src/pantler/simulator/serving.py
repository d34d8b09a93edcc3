"""The inner loop of replay: one query after another through the engine, as plain as it compiles."""

from array import array
from typing import NamedTuple, TypeAlias

from pantler.core.engine import Engine
from pantler.core.errors import OutcomeError
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Miss, Outcome, Plan, Query, Rating, Serve

Charges: TypeAlias = dict[tuple[str, ...], list[float]]
"""What asking the models of a plan costs for each request of a chunk; a recording has single models only."""


class Asked(Steady):
    """The one model is asked, and a hit saves what the call for the stored answer cost."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._call = Call(Plan((model,)), 0.0, reason="the only model")

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        return self._call

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        return Serve(event.query, event.model, event.cost) if type(event) is Outcome else stored

    def revalue(self, stored: Serve) -> float:
        return stored.saved


class Chunk(NamedTuple):
    """A part of a trace: the key, the size and the cost of each request."""

    keys: list[int]
    sizes: list[int]
    costs: list[float]


def serve_single(engine: Engine, model: str, chunk: Chunk) -> list[bool]:
    """Which requests a stored answer served, of an engine that asks one model whatever comes.

    With nothing to choose no `Miss` and no `Outcome` has to be told: cache and ledger go through what `look` and
    `learn` would take them through, in less than half the time.
    """
    hits: list[bool] = []
    cache, ledger = engine.cache, engine.ledger
    keys, sizes, costs = chunk
    for place, key in enumerate(keys):
        if engine.find(key, 0.0) is not None:
            hits.append(True)
            continue
        hits.append(False)
        size, cost = sizes[place], costs[place]
        cache.arrive(key)
        ledger.call(model, cost)
        cache.keep(key, Serve(Query(key, size), model, cost), cost, size)
    return hits


def serve(engine: Engine, queries: list[Query], charges: Charges) -> tuple[bytearray, "array[float]"]:
    """Which of the queries a stored answer served, and what each paid."""
    hits = bytearray(len(queries))
    paid = array("d", bytes(8 * len(queries)))
    for place, query in enumerate(queries):
        decision = engine.look(query)
        if type(decision) is Serve:
            hits[place] = 1
            if decision.upgrade is None:
                continue
            call = decision.upgrade
        else:
            call = engine.decide(decision)  # type: ignore[arg-type]  # a Miss
        models = call.plan.models
        column = charges.get(models)
        if column is None:
            raise unpriced(models, charges)
        cost = column[place]
        paid[place] = cost
        engine.learn(Outcome(query, models[0], cost))
    return hits, paid


def unpriced(models: tuple[str, ...], charges: Charges) -> OutcomeError:
    """What to say of a plan that the recording has no costs of."""
    return OutcomeError(
        f"the trace does not say what asking {' then '.join(models)} costs; "
        f"its cost columns are {', '.join(name for (name,) in charges)}"
    )
