"""How long a decision takes from a text to a model, with ten thousand outcomes in memory, on one thread.

Then what a miss of the gateway costs in CPU with the learned multiplexer on, beside the tabular one, and how long it
holds the event loop at a time: the whole application in process over a provider that answers at once. It wants a quiet
machine, and OPENBLAS_NUM_THREADS=1 in the environment for one thread. Prints commit, versions and seed, and writes them
beside each row of results/deciding.csv.

    OPENBLAS_NUM_THREADS=1 python benchmarks/deciding.py [FOLDER] [--out FILE]
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, write
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
from pantler.learning.trust import Trust
from pantler.live.experts import Expert, Scale
from pantler.multiplexers.learned import Learned
from pantler.simulator.fitting.whole import Sought, fitted_to
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes, read_outcomes

OUTCOMES = 10_000
TIMED = 400
ROUNDS = 5
MISSES = 200
MOST_MORE_US = 1500
DECIDED = "p50 <= 1000, p95 <= 2000"
HELD = "p95 <= 1000"
RESULTS = Path(__file__).parent / "results" / "deciding.csv"
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
    fitted, _ = fitted_to(outcomes.rows(rows), Reading(WordLlama()), Sought("wordllama", 0.05))
    return fitted, outcomes


Line = dict[str, object]


def told(name: str, of: str, seconds: Sequence[float], line: str = "") -> Line:
    """Microseconds of the middle and of the slowest twentieth, and the line that they are held against."""
    p50, p95 = 1e6 * np.percentile(seconds, [50, 95])
    print(f"{name}: p50 {p50:.0f} us, p95 {p95:.0f} us {line}", flush=True)
    return {"figure": name, "of": of, "p50_us": round(p50, 1), "p95_us": round(p95, 1), "line": line}


def timed(name: str, act: Callable[[str], object], texts: Sequence[str], line: str = "") -> Line:
    """The quickest of several rounds for each text, as the machine has other work too."""
    best = np.full(len(texts), np.inf)
    for _ in range(ROUNDS):
        for row, text in enumerate(texts):
            started = time.perf_counter()
            act(text)
            best[row] = min(best[row], time.perf_counter() - started)
    return told(name, "seconds, the quickest of several rounds for each text", best, line)


def decisions(fitted: Fitted, texts: Sequence[str]) -> Iterator[Line]:
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
    yield timed("decision with features", decide, texts, DECIDED)
    yield timed("of it the embedding", lambda text: reading.embedder.embed([text]), texts)
    yield timed("of it words and surface too", reading.one, texts)
    yield timed("of it the appraisal too", lambda text: expert.appraise(text, 100), texts)
    known = Miss(Query(1, appraisal=expert.appraise(texts[0], 100)))
    yield timed("of it the choice alone", lambda _: multiplexer.choose(known, NoRoom()), texts)
    as_kept(multiplexer.snapshot())


def config_of(models: Sequence[str], choice: Choice) -> Config:
    """One route over scripted models."""
    each = tuple(Model(name, provider="scripted", price=Prices("1", "2")) for name in models)
    route = Route("r", tuple(models), objective=Objective(error_weight=0.01), multiplexer=choice)
    return Config(models=each, routes=(route,))


Taken = Callable[[Awaitable[None]], Awaitable[float]]  # what one miss takes


async def misses(config: Config, texts: Sequence[str], taken_by: Taken) -> list[float]:
    """Of each miss what is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        clocks = Clocks()
        setup = set_up(config, first_upstreams(config, {}, clocks), SECRET)
        keeping = Keeping(config.cache, setup.multiplexer, Path(folder), SECRET)
        keeping.open(clocks.wall())
        serving = Serving(setup, keeping, clocks)
        taken = []
        for text in texts:
            body = json.dumps({"model": "r", "messages": [{"role": "user", "content": text}]}).encode()
            taken.append(await taken_by(asked(serving, body)))
        await serving.let_go()
        await keeping.close()
    return taken


async def processor(miss: Awaitable[None]) -> float:
    """CPU seconds of the process, all threads."""
    started = time.process_time()
    await miss
    return time.process_time() - started


async def longest_turn(miss: Awaitable[None]) -> float:
    """Seconds for which nothing else could run on the event loop, the longest of its turns."""
    asking = asyncio.ensure_future(miss)
    longest, before = 0.0, time.perf_counter()
    while not asking.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    await asking
    return longest


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


def gateways(fitted: Fitted, texts: Sequence[str]) -> Iterator[Line]:
    """Both multiplexers in turns, on the same texts; then by how much a miss takes more in the same round."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "route.pantler"
        write_fitted(fitted, file)
        uses = {"tabular": Choice("tabular"), "learned": Choice("learned", fitted=str(file), appraisal_seconds=1.0)}
        took: dict[str, list[float]] = {name: [] for name in uses}
        turns = {name: np.full(len(texts), np.inf) for name in uses}
        for _ in range(ROUNDS):
            for name, choice in uses.items():
                config = config_of(fitted.models, choice)
                each = asyncio.run(misses(config, texts, processor))
                took[name].append(median(each[len(each) // 4 :]))
                turns[name] = np.minimum(turns[name], asyncio.run(misses(config, texts, longest_turn)))
    of = f"CPU of the process, medians of {ROUNDS} rounds"
    for name, medians in took.items():
        yield told(f"a miss, {name}", of, medians)
    more = [learned - tabular for learned, tabular in zip(took["learned"], took["tabular"], strict=True)]
    yield told("a miss, learned over tabular", of, more, f"<= {MOST_MORE_US}")
    for name, longest in turns.items():
        of = "seconds, the quickest of several rounds for each text"
        yield told(f"the event loop's longest turn of a miss, {name}", of, longest[len(texts) // 4 :], HELD)


def main() -> None:
    """Decisions, then misses."""
    options = parsed(outcome_arguments(__doc__, RESULTS))
    origin = announced(0)
    threads = "one" if os.environ.get("OPENBLAS_NUM_THREADS") == "1" else "as many as it likes"
    fitted, outcomes = fitted_of(options.folder)
    print(f"{OUTCOMES} outcomes, {len(fitted.models)} models, threads: {threads}")
    lines = [*decisions(fitted, outcomes.prompts[:TIMED]), *gateways(fitted, outcomes.prompts[:MISSES])]
    beside = {"outcomes": OUTCOMES, "models": len(fitted.models), "threads": threads}
    write(options.out, lines, {**beside, **origin})


if __name__ == "__main__":
    main()
