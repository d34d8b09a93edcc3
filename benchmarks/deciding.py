"""How long a decision takes from a text to a model, with ten thousand outcomes in memory, on one thread.

Then what a miss of the gateway costs in CPU with the learned multiplexer on, beside the tabular one: the whole
application in process over a provider that answers at once. Prints commit, versions and seed; writes nothing, as it
wants a quiet machine. Needs the folder of outcome files on the command line, and OPENBLAS_NUM_THREADS=1 in the
environment for one thread.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from _record import provenance
from multiplexers import SETS

from pantler.config.values import Choice, Config, Model, Objective, Prices, Route
from pantler.core.cost import Price, Weights
from pantler.core.packing import as_kept
from pantler.core.plans import direct
from pantler.core.types import Miss, Query
from pantler.embedders.wordllama import WordLlama
from pantler.fitted import Fitted, write_fitted
from pantler.gateway.clocks import Clocks
from pantler.gateway.keeping import Keeping
from pantler.gateway.reloading import first_upstreams
from pantler.gateway.serving import Serving
from pantler.gateway.setup import set_up
from pantler.learning.correction import Correction, Roster
from pantler.learning.exploring import Exploring
from pantler.live.experts import Expert, Scale
from pantler.multiplexers.learned import Learned, Trust
from pantler.simulator.fitting.whole import fitted_to
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes, read_outcomes

OUTCOMES = 10_000
TIMED = 400
ROUNDS = 5
MISSES = 200
SECRET = b"s" * 32


class NoRoom:
    """Nothing is kept."""

    def keeps(self, query: Query, saved: float) -> bool:
        return False


def fitted_of(folder: Path) -> tuple[Fitted, Outcomes]:
    """Fitted to ten thousand queries, each of the set's coming again where it has fewer."""
    file, pool = SETS["mmlu_pro_api"]
    outcomes = read_outcomes(folder / f"{file}.parquet", pool=pool.split(","))
    rows = np.resize(np.arange(len(outcomes)), OUTCOMES)
    fitted, _ = fitted_to(outcomes.rows(rows), Reading(WordLlama()), "wordllama", 0.05)
    return fitted, outcomes


def told(name: str, seconds: Sequence[float]) -> None:
    """Microseconds of the middle and of the slowest twentieth."""
    p50, p95 = 1e6 * np.percentile(seconds, [50, 95])
    print(f"{name}: p50 {p50:.0f} us, p95 {p95:.0f} us")


def timed(name: str, act: Callable[[str], object], texts: Sequence[str]) -> None:
    """The quickest of several rounds for each text, as the machine has other work too."""
    best = np.full(len(texts), np.inf)
    for _ in range(ROUNDS):
        for row, text in enumerate(texts):
            started = time.perf_counter()
            act(text)
            best[row] = min(best[row], time.perf_counter() - started)
    told(name, best)


def decisions(fitted: Fitted, texts: Sequence[str]) -> None:
    """The whole of it, then its parts."""
    models = fitted.models
    reading, weights = Reading(WordLlama()), Weights(error=1e7)
    scale = Scale(models, (Price(1_000_000, 2_000_000),) * len(models), 0)
    expert = Expert(scale, reading, fitted)
    inner = Learned(direct(models), models[0], Trust(weights))
    multiplexer = Exploring(inner, Correction(Roster(models, models[0])), weights)

    def decide(text: str) -> object:
        appraisal = expert.appraise(text, expert.tokens_of(text))
        return multiplexer.choose(Miss(Query(hash(text), appraisal=appraisal)), NoRoom())

    decide("")
    timed("decision with features", decide, texts)
    timed("  of it the embedding", lambda text: reading.embedder.embed([text]), texts)
    timed("  words and surface too", reading.one, texts)
    timed("  the appraisal too", lambda text: expert.appraise(text, 100), texts)
    appraisal = expert.appraise(texts[0], 100)
    timed("  the choice alone", lambda text: multiplexer.choose(Miss(Query(1, appraisal=appraisal)), NoRoom()), texts)
    as_kept(multiplexer.snapshot())


def config_of(models: Sequence[str], choice: Choice) -> Config:
    """One route over scripted models."""
    each = tuple(Model(name, provider="scripted", price=Prices("1", "2")) for name in models)
    route = Route("r", tuple(models), objective=Objective(error_weight=0.01), multiplexer=choice)
    return Config(models=each, routes=(route,))


async def misses(config: Config, texts: Sequence[str]) -> list[float]:
    """CPU seconds of the process at each miss, all threads."""
    with tempfile.TemporaryDirectory() as folder:
        clocks = Clocks()
        setup = set_up(config, first_upstreams(config, {}, clocks), SECRET)
        keeping = Keeping(config.cache, setup.multiplexer, Path(folder), SECRET)
        keeping.open(clocks.wall())
        serving = Serving(setup, keeping, clocks)
        taken = []
        for text in texts:
            body = json.dumps({"model": "r", "messages": [{"role": "user", "content": text}]}).encode()
            started = time.process_time()
            await asked(serving, body)
            taken.append(time.process_time() - started)
        await serving.let_go()
        await keeping.close()
    return taken


async def asked(serving: Serving, body: bytes) -> None:
    """One request through the application."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    gone = asyncio.Event()

    async def receive() -> dict[str, object]:
        if messages:
            return messages.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        assert message.get("status", 200) == 200, message

    await serving.app({"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}, receive, send)


def gateways(fitted: Fitted, texts: Sequence[str]) -> None:
    """Both multiplexers in turns, on the same texts."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "route.pantler"
        write_fitted(fitted, file)
        uses = {"tabular": Choice("tabular"), "learned": Choice("learned", fitted=str(file), appraisal_seconds=1.0)}
        for round_ in range(3):
            took = {name: asyncio.run(misses(config_of(fitted.models, choice), texts)) for name, choice in uses.items()}
            middle = {name: 1e6 * median(each[len(each) // 4 :]) for name, each in took.items()}
            more = middle["learned"] - middle["tabular"]
            print(f"a miss, round {round_}: " + ", ".join(f"{name} {us:.0f} us" for name, us in middle.items()), end="")
            print(f", learned takes {more:.0f} us of CPU more")


def main() -> None:
    """Decisions, then misses."""
    print(
        provenance(0), "one thread" if os.environ.get("OPENBLAS_NUM_THREADS") == "1" else "as many threads as it likes"
    )
    fitted, outcomes = fitted_of(Path(sys.argv[1]))
    print(f"{OUTCOMES} outcomes, {len(fitted.models)} models")
    decisions(fitted, outcomes.prompts[:TIMED])
    gateways(fitted, outcomes.prompts[:MISSES])


if __name__ == "__main__":
    main()
