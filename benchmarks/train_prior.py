"""Fit the prior that comes with the package to the shared development sets, and once to all but each of them.

Each row is a text of a stream and its nearest predecessor, as a matcher would meet them, unless a rule refuses the
pair. Every set counts alike.
"""

import json
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pantler.embedders.wordllama import WordLlama
from pantler.matching import prior
from pantler.matching.features import NAMES, Rarity, features
from pantler.matching.logistic import Labels, Prior, fit
from pantler.matching.rules import refused_pair
from pantler.simulator.rehearsal.stream import Stream, Vectors, drawn, prepared
from pantler.simulator.rehearsal.texts import read_texts, sample

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "semantic"
SETS = {
    "banking": "banking77.csv.gz",
    "checklist": "checklist_pairs_dev.csv.gz",
    "clinc": "clinc150_dev.csv.gz",
    "pararel": "pararel_stream_dev.csv.gz",
}
TEXTS = 5000
SEED = 1000  # not one of those with which results are reported
RIDGE = 1.0
LEAST_SPREAD = 1e-3  # of a feature that the rules leave nothing of

Rows = tuple[NDArray[np.float64], NDArray[np.float64]]


def rows(stream: Stream) -> Rows:
    """Features (n, k) of every text and its nearest predecessor, and whether they ask for different facts (n,)."""
    rarity = Rarity()
    stored = np.ones(len(stream), np.bool_)
    found, wrong = [], []
    for place, asked in enumerate(stream.wordings):
        rarity.see(asked)
        near = stream.nearest(place, stored)
        if len(near) < 2 or stream.exact[place] >= 0:
            continue
        (other, cosine), (_, second) = near
        if refused_pair(asked, stream.wordings[other]) is None:
            found.append(features(asked, stream.wordings[other], cosine, cosine - second, rarity))
            wrong.append(stream.facts[other] != stream.facts[place])
    return np.array(found), np.array(wrong, np.float64)


def main() -> None:
    """Write the prior beside the module that reads it."""
    files = {name: read_texts(DATA / file) for name, file in SETS.items()}
    made: dict[str, Rows] = {}
    for name, texts in files.items():
        chosen, facts = drawn(texts, TEXTS, SEED, distinct=True)
        vectors = Vectors(WordLlama(), chosen).of(chosen)
        made[name] = rows(prepared(chosen, facts, vectors))
        print(f"{name}: {len(made[name][1])} pairs, {made[name][1].mean():.1%} of them different")
    every = np.concatenate([found for found, _ in made.values()])
    spread = every.std(axis=0)
    centre, scale = every.mean(axis=0), np.where(spread < LEAST_SPREAD, 1.0, spread)
    ridge = Prior(np.zeros(len(NAMES) + 1), np.append(np.full(len(NAMES), RIDGE), 1e-3))

    def fitted(names: list[str]) -> list[float]:
        scaled = (np.concatenate([made[name][0] for name in names]) - centre) / scale
        scaled = np.clip(scaled, -prior.FARTHEST, prior.FARTHEST)
        labels = Labels(
            np.concatenate([scaled, np.ones((len(scaled), 1))], axis=1),
            np.concatenate([made[name][1] for name in names]),
            np.array(list(chain.from_iterable([TEXTS / len(made[name][1])] * len(made[name][1]) for name in names))),
        )
        return [round(float(value), 4) for value in fit(labels, ridge, ridge.mean)]

    coefficients = {prior.ALL: fitted(list(SETS))}
    for name in SETS:
        coefficients[f"without {name}"] = fitted([other for other in SETS if other != name])
    kept = {
        "features": list(NAMES),
        "centre": [round(float(value), 5) for value in centre],
        "scale": [round(float(value), 5) for value in scale],
        "coefficients": coefficients,
        "seen": {name: sample(texts) for name, texts in files.items()},
    }
    path = Path(prior.__file__).with_name(prior.FILE)
    path.write_text(
        "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in kept.items()) + "\n}\n"
    )
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
