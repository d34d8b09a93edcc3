"""Matchers side by side on one file, a run for each seed."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from pantler.core.edges import Embedder
from pantler.indexes.bits import Bits
from pantler.matchers.verified import NEAREST
from pantler.matching.promise import Promise
from pantler.simulator.rehearsal.pairs import Categories, Category, static_pairs, trial_pairs
from pantler.simulator.rehearsal.run import Runner, Tally, Trial
from pantler.simulator.rehearsal.schedules import SCHEDULES
from pantler.simulator.rehearsal.static import Hindsight, Static
from pantler.simulator.rehearsal.stream import Stream, Vectors, drawn, reordered
from pantler.simulator.rehearsal.texts import Texts
from pantler.simulator.rehearsal.vcache import VCache

OURS = "verified"
STATIC = (0.8, 0.9, 0.95)
LOOKUPS = 200  # texts of a run that are embedded and looked for once more, to be timed
Row = dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """What is promised, and on which runs it is tried."""

    per_request: float = 0.01
    per_hit: float | None = None
    seeds: Sequence[int] = range(20)
    count: int = 5000
    schedule: str | None = None
    judge_error: float = 0.0
    distinct: bool = False
    only_ours: bool = False
    pairs: bool = True  # one by one besides, where the file holds pairs
    second: Embedder | None = None  # a second encoder, which ours alone asks
    gated: bool = False  # ours refuses texts by name as a gateway does


@dataclass(frozen=True)
class Report:
    """Rows of runs, and of pairs by category."""

    rows: list[Row]
    categories: list[Row]
    prior: str

    def means(self) -> list[Row]:
        """Each matcher over its seeds."""
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            grouped[row["matcher"]].append(row)
        return [_mean(name, rows) for name, rows in grouped.items()]


def evaluated(texts: Texts, embedder: Embedder, terms: Terms, advance: Callable[[], None]) -> Report:
    """Every matcher on every seed; `advance` is called once for each run."""
    seconded = terms.second is not None
    trial = Trial(terms.per_request, terms.per_hit, texts.unseen, terms.judge_error, seconded, terms.gated)
    vectors = Vectors(embedder, list(texts.facts), terms.second)
    rows = []
    for seed in terms.seeds:
        chosen, facts = drawn(texts, terms.count, seed, distinct=terms.distinct)
        stream = vectors.stream(chosen, facts)
        if terms.schedule is not None:
            stream = reordered(stream, SCHEDULES[terms.schedule](stream, seed))
        for name, runner in matchers(terms, trial).items():
            found = runner.run(stream, seed)
            rows.append(_row(name, seed, found, terms) | _looked(found, embedder, stream))
            advance()
    categories = _categories(texts, vectors, trial, terms) if texts.pairs and terms.pairs else []
    prior = "all of the development sets" if texts.unseen is None else f"all but {texts.unseen}"
    return Report(rows, categories, prior)


def matchers(terms: Terms, trial: Trial) -> dict[str, Runner]:
    """Ours, and what it has to beat."""
    ours: dict[str, Runner] = {OURS: trial}
    if terms.only_ours:
        return ours
    others: dict[str, Runner] = {f"static {threshold}": Static(threshold) for threshold in STATIC}
    hindsight = {"static in hindsight": Hindsight(terms.per_request, terms.per_hit)}
    return others | hindsight | {"vcache": VCache(terms.per_request)} | ours


def _row(name: str, seed: int, tally: Tally, terms: Terms) -> Row:
    early, late = tally.wrong_by_half
    requests = max(1, tally.requests)
    return {
        "matcher": name,
        "seed": seed,
        "requests": tally.requests,
        "hit_rate": len(tally.hits) / requests,
        "exact_rate": tally.exact / requests,
        "wrong_per_request": tally.wrong_per_request,
        "wrong_per_hit": tally.wrong_per_hit,
        "broken": tally.breaks(Promise(terms.per_request, terms.per_hit)),
        "wrong_first_half": early,
        "wrong_second_half": late,
        "first_hit": next((place for place in tally.hits), None),
    }


def _looked(tally: Tally, embedder: Embedder, stream: Stream) -> Row:
    """What a look takes at the median, by one encoder, where matching was timed.

    It is to embed a text, to search among all of the run, and to match.
    """
    if not tally.seconds:
        return {"lookup_microseconds": None}
    index = Bits(stream.vectors.shape[1])
    for place, vector in enumerate(stream.vectors):
        index.add(place, vector)
    seconds = []
    for text in stream.texts[:LOOKUPS]:
        started = perf_counter()
        index.search(embedder.embed([text])[0], NEAREST)
        seconds.append(perf_counter() - started)
    return {"lookup_microseconds": 1e6 * (median(tally.seconds) + median(seconds))}


def _mean(name: str, rows: list[Row]) -> Row:
    def mean(key: str) -> float:
        return float(sum(row[key] for row in rows)) / len(rows)

    keys = ("hit_rate", "exact_rate", "wrong_per_request", "wrong_per_hit", "broken")
    most = max(row["wrong_per_request"] for row in rows)
    return {"matcher": name, **{key: mean(key) for key in keys}, "most_wrong_per_request": most}


def _categories(texts: Texts, vectors: Vectors, trial: Trial, terms: Terms) -> list[Row]:
    found: list[tuple[str, Categories]] = []
    if not terms.only_ours:
        found = [(f"static {level}", static_pairs(level, texts.pairs, vectors)) for level in STATIC]
    ours: Categories = defaultdict(Category)
    for seed in terms.seeds:
        for name, more in trial_pairs(trial, seed, texts.pairs, vectors)[0].items():
            _add(ours[name], more)
    return [
        _category(matcher, name, category)
        for matcher, categories in [*found, (OURS, ours)]
        for name, category in sorted(categories.items())
    ]


def _add(total: Category, more: Category) -> None:
    total.same += more.same
    total.different += more.different
    total.hits += more.hits
    total.false_hits += more.false_hits
    total.reasons.update(more.reasons)


def _category(matcher: str, name: str, category: Category) -> Row:
    return {
        "matcher": matcher,
        "category": name,
        "same": category.same,
        "different": category.different,
        "hit_rate": category.hits / category.same if category.same else None,
        "false_hit_rate": category.false_hits / category.different if category.different else None,
        "reasons": dict(category.reasons.most_common()),
    }
