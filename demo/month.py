"""Makes a month of a help desk's log: which model answered what, by which chance, and what some users said of it.

Everything in it is made: four kinds of question, of which a cheap model gets two right nearly always. Four in five
requests went to the dear model, one in five by chance to the cheap one; three in ten answers were rated, one rating in
thirty by mistake.
"""

import argparse
import json
from pathlib import Path
from random import Random

REQUESTS = 10_000
CHEAP_SHARE, RATED, MISTAKEN = 0.2, 0.3, 1 / 30
PRICES = {"cheap": (0.15e-6, 0.6e-6), "dear": (2.5e-6, 10e-6)}  # US dollars per token, in and out
KINDS = (  # a question, how many tokens an answer takes, the chances that the cheap and the dear model are right
    ("Where is my order {number}? It was to come on {day}.", 40, 0.97, 0.98),
    ("Translate for our customer in {city}: the {thing} has arrived, thank you.", 60, 0.93, 0.97),
    (
        "Our {thing} costs {number} dollars less {share} percent, and we take {few}. What do we pay?",
        90,
        0.5,
        0.96,
    ),
    (
        "By clause {few} of the contract with {city}, who pays if the {thing} is late by {share} days?",
        220,
        0.3,
        0.92,
    ),
)
WORDS = {
    "day": ("Monday", "Tuesday", "Thursday", "Friday", "Saturday"),
    "city": ("Lyon", "Porto", "Graz", "Turin", "Leeds", "Bergen", "Gdansk"),
    "thing": ("lamp", "desk", "chair", "pump", "bicycle", "printer", "kettle", "drill"),
}


def question(chance: Random, kind: tuple[str, int, float, float]) -> str:
    """One of its kind."""
    words = {name: chance.choice(values) for name, values in WORDS.items()}
    numbers = {"number": chance.randrange(100, 9999), "share": chance.randrange(2, 30), "few": chance.randrange(2, 12)}
    return kind[0].format(**words, **numbers)


def record(chance: Random, second: float) -> dict[str, object]:
    """One request of the log, in OpenAI's words."""
    kind = chance.choice(KINDS)
    _, out, *right = kind
    text = question(chance, kind)
    model = "cheap" if chance.random() < CHEAP_SHARE else "dear"
    tokens_in, tokens_out = len(text) // 4, max(1, round(chance.gauss(out, out / 6)))
    price_in, price_out = PRICES[model]
    is_right = chance.random() < right[model == "dear"]
    made: dict[str, object] = {
        "created": round(second),
        "model": model,
        "messages": [{"role": "user", "content": text}],
        "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out},
        "spend": price_in * tokens_in + price_out * tokens_out,
        "propensity": CHEAP_SHARE if model == "cheap" else 1.0 - CHEAP_SHARE,
    }
    if chance.random() < RATED:
        made["feedback"] = is_right != (chance.random() < MISTAKEN)
    return made


def main() -> None:
    """Write the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, month = Random(given.seed), 30 * 86_400.0
    seconds = sorted(chance.uniform(0.0, month) for _ in range(REQUESTS))
    given.file.write_text("".join(json.dumps(record(chance, second)) + "\n" for second in seconds))


if __name__ == "__main__":
    main()
