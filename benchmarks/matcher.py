"""What matchers serve, and how much of it wrongly, on the shared development sets: one CSV for each part (`--only`).

hits: at the default promise, in the order as drawn, beside peers on the first PEER_SEEDS seeds. promise: other promises
and the orders made against us. long: streams of LONG texts, vCache's rule at promises on both sides of ours.
categories: the made adversarial pairs. gated: at the default promise, where texts are refused first as a gateway does.
second: ours with a second encoder and without, where --second names its folder, and what it takes for a text. lookup:
embedding a text and finding as many near ones as a matcher looks at. The seeds begin at FIRST_SEED: earlier ones were
looked at while constants were chosen, and the prior's streams are those from 1000 on.
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any

import numpy as np
from _record import provenance
from numpy.typing import NDArray

from pantler.build import part
from pantler.core.edges import Embedder
from pantler.embedders.minilm import MiniLM
from pantler.embedders.wordllama import WordLlama
from pantler.matchers.verified import NEAREST
from pantler.matching.promise import Promise
from pantler.simulator.rehearsal.adversarial import adversarial_pairs
from pantler.simulator.rehearsal.report import Terms, evaluated
from pantler.simulator.rehearsal.run import Runner, Tally, Trial
from pantler.simulator.rehearsal.schedules import SCHEDULES
from pantler.simulator.rehearsal.static import Hindsight, Static
from pantler.simulator.rehearsal.stream import Stream, Vectors, drawn, reordered
from pantler.simulator.rehearsal.texts import Texts, read_texts
from pantler.simulator.rehearsal.vcache import VCache

Promised = tuple[float, float | None]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "semantic"
RESULTS = Path(__file__).parent / "results"
SETS = {
    "pararel": "pararel_stream_dev.csv.gz",
    "clinc": "clinc150_dev.csv.gz",
    "banking": "banking77.csv.gz",
    "checklist": "checklist_pairs_dev.csv.gz",
}
FIRST_SEED = 640
PEER_SEEDS = 3
TEXTS = 5000
LONG = {"pararel": 16_000, "clinc": 18_900, "banking": 13_083}
PEERS_PROMISES = (0.01, 0.02, 0.03)
DEFAULT = 0.01
PROMISED: dict[str, Promised] = {
    "0.01": (0.01, None),
    "0.02": (0.02, None),
    "0.05": (0.05, None),
    "0.05 per hit": (0.05, 0.05),
}
ENTRIES = {"bits": (10_000, 100_000), "faiss": (100_000, 300_000)}
LOOKUPS = 300
BLUR = 0.03
BLOCK = 10_000
ROUNDING = 1e-5
NEAR = 0.8  # cosine; most of what is served lies nearer
OURS, TWO = "verified", "verified, two encoders"

Line = dict[str, Any]


@dataclass(frozen=True)
class Set:
    """One set with the vectors of all its texts."""

    name: str
    texts: Texts
    vectors: Vectors

    def stream(self, seed: int, order: str, count: int = TEXTS) -> Stream:
        """The stream of a seed in an order."""
        stream = self.vectors.stream(*drawn(self.texts, count, seed))
        return stream if order == "as drawn" else reordered(stream, SCHEDULES[order](stream, seed))

    def ours(self, promised: Promised, *, seconded: bool = False, gated: bool = False) -> Trial:
        """Ours, from a prior that has not seen this set."""
        return Trial(*promised, self.texts.unseen, seconded=seconded, gated=gated)


def sets(names: str, second: Embedder | None = None) -> Iterator[Set]:
    """Each set that is named, embedded, by a second encoder too where there is one."""
    for name in names.split(","):
        texts = read_texts(DATA / SETS[name])
        yield Set(name, texts, Vectors(WordLlama(), list(texts.facts), second))


def summed(tallies: list[Tally], promised: Promised) -> Line:
    """The means over runs, the worst of them, and the share that broke the promise or served nothing."""

    def mean(values: list[float]) -> float:
        return round(sum(values) / len(values), 5)

    hits = [len(tally.hits) / tally.requests for tally in tallies]
    exact = [tally.exact / tally.requests for tally in tallies]
    return {
        "runs": len(tallies),
        "hit_rate": mean(hits),
        "exact_rate": mean(exact),
        "least_hit_rate": round(min(hits), 5),
        "wrong_per_request": mean([tally.wrong_per_request for tally in tallies]),
        "most_wrong_per_request": round(max(tally.wrong_per_request for tally in tallies), 5),
        "most_wrong_in_a_half": max(max(tally.wrong_by_half) for tally in tallies),
        "wrong_per_hit": mean([tally.wrong_per_hit for tally in tallies]),
        "most_wrong_per_hit": round(max(tally.wrong_per_hit for tally in tallies), 5),
        "broken": mean([float(tally.breaks(Promise(*promised))) for tally in tallies]),
        "served_nothing": mean([float(len(tally.hits) == tally.exact) for tally in tallies]),
        "not_certified": mean([float(tally.reasons["semantic"] == 0) for tally in tallies]),
    }


def _line(each: Set, order: str, promised: Promised, name: str, tallies: list[Tally]) -> Line:
    per_request, per_hit = promised
    known = {"set": each.name, "order": order, "per_request": per_request, "per_hit": per_hit, "matcher": name}
    return known | summed(tallies, promised)


def hits(options: argparse.Namespace) -> Iterator[Line]:
    """At the default promise: ours on every seed, the peers on the first few."""
    peers: dict[str, Runner] = {f"static {level}": Static(level) for level in (0.8, 0.9, 0.95)}
    peers |= {"static in hindsight": Hindsight(DEFAULT), "vcache": VCache(DEFAULT)}
    for each in sets(options.sets):
        tallies: dict[str, list[Tally]] = {name: [] for name in (*peers, OURS)}
        for seed in range(options.first, options.first + options.seeds):
            stream = each.stream(seed, "as drawn")
            tallies[OURS].append(each.ours((DEFAULT, None)).run(stream, seed))
            if seed < FIRST_SEED + PEER_SEEDS:
                for name, runner in peers.items():
                    tallies[name].append(runner.run(stream, seed))
        for name, found in tallies.items():
            yield _line(each, "as drawn", (DEFAULT, None), name, found)


def gated(options: argparse.Namespace) -> Iterator[Line]:
    """At the default promise with the gateway's rules on texts, and the share of texts that these refuse."""
    for each in sets(options.sets):
        streams = [each.stream(seed, "as drawn") for seed in range(options.first, options.first + options.seeds)]
        ours, promised = each.ours((DEFAULT, None), gated=True), (DEFAULT, None)
        tallies = [ours.run(stream, seed) for seed, stream in enumerate(streams, options.first)]
        refused = sum(ours.refused(text) is not None for stream in streams for text in stream.texts)
        share = round(refused / sum(map(len, streams)), 5)
        yield _line(each, "as drawn", promised, OURS, tallies) | {"refused_by_rules_on_texts": share}


def promises(options: argparse.Namespace) -> Iterator[Line]:
    """Ours under each promise in each order."""
    promised = [PROMISED[name] for name in options.promised.split(",")]
    for each in sets(options.sets):
        for order in ("as drawn", *SCHEDULES):
            tallies: dict[Promised, list[Tally]] = {terms: [] for terms in promised}
            for seed in range(options.first, options.first + options.seeds):
                stream = each.stream(seed, order)
                for terms in promised:
                    tallies[terms].append(each.ours(terms).run(stream, seed))
            for terms, found in tallies.items():
                yield _line(each, order, terms, OURS, found)


def long(options: argparse.Namespace) -> Iterator[Line]:
    """Long streams, so that hits can be compared where the errors that were made are equal."""
    for each in sets(options.sets):
        if each.name not in LONG:
            continue
        tallies: dict[tuple[str, float], list[Tally]] = {}
        for seed in range(options.first, options.first + options.seeds):
            stream = each.stream(seed, "as drawn", LONG[each.name])
            for level in PEERS_PROMISES:
                tallies.setdefault(("vcache", level), []).append(VCache(level).run(stream, seed))
                tallies.setdefault((OURS, level), []).append(each.ours((level, None)).run(stream, seed))
        for (name, level), found in tallies.items():
            yield _line(each, f"as drawn, {LONG[each.name]}", (level, None), name, found)


def categories(options: argparse.Namespace) -> Iterator[Line]:
    """False hits on the made pairs."""
    seeds = range(options.first, options.first + options.seeds)
    terms = Terms(seeds=seeds, count=1)  # pairs are wanted, and no streams of them
    for row in evaluated(adversarial_pairs(), WordLlama(), terms, lambda: None).categories:
        most = next(iter(row["reasons"]), "")
        rates = {key: None if row[key] is None else round(row[key], 5) for key in ("hit_rate", "false_hit_rate")}
        yield {key: row[key] for key in ("matcher", "category", "same", "different")} | rates | {"reason": most}


def second(options: argparse.Namespace) -> Iterator[Line]:
    """Ours at the default promise, by one encoder and by two, and the time that the second takes for one text."""
    if options.second is None:
        raise SystemExit("--only second needs --second PATH, the folder into which pantler build minilm wrote")
    encoder = MiniLM(path=options.second)
    for each in sets(options.sets, encoder):
        tallies: dict[str, list[Tally]] = {OURS: [], TWO: []}
        for seed in range(options.first, options.first + options.seeds):
            stream = each.stream(seed, "as drawn")
            for name, found in tallies.items():
                found.append(each.ours((DEFAULT, None), seconded=name == TWO).run(stream, seed))
        seconds = []
        for text in list(each.texts.facts)[:LOOKUPS]:
            started = process_time()
            encoder.embed([text])
            seconds.append(process_time() - started)
        for name, found in tallies.items():
            taken = round(1e3 * float(np.median(seconds)), 2) if name == TWO else None
            yield _line(each, "as drawn", (DEFAULT, None), name, found) | {"second_ms": taken}


def lookup(options: argparse.Namespace) -> Iterator[Line]:
    """Milliseconds for a text among so many, one thread: ParaRel's prompts, blurred where more than once is needed.

    Half as many again come and go, the oldest first. Recalled is what a whole scan finds nearest, where that is NEAR.
    """
    embedder, chance = WordLlama(), np.random.default_rng(FIRST_SEED)
    texts = list(read_texts(DATA / SETS["pararel"]).facts)
    known = embedder.embed(texts)
    for name, sizes in ENTRIES.items():
        for entries in sizes:
            index = part("indexes", name)(embedder.dimensions)
            for number, vector in enumerate(_blurred(known, entries + entries // 2, chance)):
                index.add(number, vector)
                index.drop(number - entries)
            seconds, worked, recalled = [], [], []
            held = np.array([index.vector(number) for number in range(entries // 2, entries + entries // 2)])
            for number in chance.choice(len(texts), LOOKUPS):
                started, idle = perf_counter(), thread_time()
                asked = embedder.embed([texts[number]])[0]
                (_, nearest), *_ = index.search(asked, NEAREST)
                worked.append(thread_time() - idle)
                seconds.append(perf_counter() - started)
                best = float((held @ asked).max())
                recalled.append((best >= NEAR, nearest >= best - ROUNDING))
            near = [is_found for is_near, is_found in recalled if is_near]
            recall = {"near": len(near), "recall_at_1": sum(near) / len(near)}
            recall |= {"recall_at_1_of_all": round(sum(is_found for _, is_found in recalled) / LOOKUPS, 5)}
            times = dict(zip(("p50_ms", "p99_ms"), np.percentile(seconds, [50, 99]) * 1e3, strict=True))
            times["p50_cpu_ms"] = np.median(worked) * 1e3  # which a busy machine lengthens less
            told = {what: round(float(each), 3) for what, each in times.items()}
            yield {"index": name, "entries": entries, "lookups": LOOKUPS, **told, **recall}


def _blurred(known: NDArray[np.float32], count: int, chance: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """So many vectors of length 1: those that are known, then over and over again with noise."""
    for start in range(0, count, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, count))
        noise = chance.normal(0.0, BLUR, (len(numbers), known.shape[1])) * (numbers >= len(known))[:, None]
        made = known[numbers % len(known)] + noise
        yield from (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


PARTS = {
    "lookup": lookup,
    "second": second,
    "hits": hits,
    "gated": gated,
    "promise": promises,
    "long": long,
    "categories": categories,
}


def _write(path: Path, rows: Iterator[Line], origin: Line, *, append: bool) -> None:
    with path.open("a" if append else "w", newline="", encoding="utf-8") as file:
        writer = None
        for row in rows:
            line = row | origin
            writer = writer or csv.DictWriter(file, list(line), lineterminator="\n")
            if not file.tell():
                writer.writeheader()
            writer.writerow(line)
            file.flush()
            print(row, flush=True)
    print(f"wrote {path}")


def main() -> None:
    """Write results/matcher_PART.csv for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed")
    parser.add_argument("--append", action="store_true", help="keep the rows that are there")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder of the tables")
    parser.add_argument("--promised", default=",".join(PROMISED), help="of the part promise: " + ", ".join(PROMISED))
    parser.add_argument("--second", metavar="PATH", help="the folder of a second encoder, for the part of that name")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; all where none is named")
    options = parser.parse_args()
    for name in options.only or [name for name in PARTS if name != "second" or options.second]:
        path = options.out / f"matcher_{name}.csv"
        _write(path, PARTS[name](options), provenance(options.first), append=options.append)


if __name__ == "__main__":
    main()
