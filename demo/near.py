"""The demo's second part: its questions in other words, which a route may answer alike as far as it has promised."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from checker import Question, questions
from client import Reply, ask_all
from pantler.config.values import Cache, Config, Model, Prices, Route, Semantic
from pantler.config.writing import written
from pantler.live.observed import Observed
from popularity import Request
from server import serving

WORDINGS = (
    "{}",
    "{} Please.",
    "Tell me: {}",
    "{} Thanks!",
    "Quick question: {}",
    "Please tell me, {}",
    "I would like to know: {}",
    "{} Just the answer.",
)
ROUTE = "near"
PROMISE = Semantic(deadline_seconds=0.5)  # the usual promise, and half a second, so that a busy machine serves them too


def reworded(seed: int) -> list[Question]:
    """Every question in every wording, in an order that the seed draws; no two texts are equal."""
    made = [
        Question(wording.format(each.question), each.answer, each.also) for each in questions() for wording in WORDINGS
    ]
    Random(seed).shuffle(made)
    return made


def near_config(folder: Path, prices: Prices) -> Config:
    """A gateway over the scripted model alone, which knows the answer however it is asked."""
    model = Model(
        "reference",
        provider="scripted",
        price=prices,
        settings={"answers_path": str(folder.absolute() / "wordings.jsonl")},
    )
    state = Cache(path=str(folder.absolute() / "near"))
    return Config(cache=state, models=(model,), routes=(Route(ROUTE, ("reference",), semantic=PROMISE),))


async def ask_near(config: Config, asking: list[Question], folder: Path, heard: Callable[[Reply], None]) -> None:
    """Ask them all, each once."""
    folder.joinpath("wordings.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(asking))
    file = folder / "near.toml"
    gateway = msgspec.structs.replace(config.gateway, listen="127.0.0.1:0")
    file.write_text(written(msgspec.structs.replace(config, gateway=gateway)))
    async with serving(file, file.with_name("near.log")) as url:
        await ask_all(url, ROUTE, [Request(each, is_streamed=False, is_rated=False) for each in asking], heard)


def said_of(replies: list[Reply]) -> str:
    """Promised beside observed, every answer having been checked."""
    served = [reply for reply in replies if reply.tier in {"semantic", "alias"}]
    observed = Observed()
    for reply in served:
        observed.add(not reply.right, 1.0)
    rate, wrong = observed.rate(), sum(not reply.right for reply in served)
    first = next((place for place, reply in enumerate(replies) if reply.tier == "semantic"), len(replies))
    share, per_request = len(served) / len(replies), wrong / len(replies)
    interval = f"{rate.least:.1%} to {rate.most:.1%} at 95 %"
    return f"""
Near questions: {len(replies):,} wordings of the same questions, each asked once, of a route over the dear model.
  in shadow for the first {first:,}; then {len(served):,} near answers were served, {share:.1%} of all
  wrong per request: {PROMISE.max_wrong_per_request:.1%} promised at most, {per_request:.2%} observed
  wrong per hit:     nothing promised, {rate.share:.2%} observed ({interval})
"""


if __name__ == "__main__":  # for a look at this part alone
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        found: list[Reply] = []
        asyncio.run(ask_near(near_config(Path(place), Prices("2.50", "10.00")), reworded(1), Path(place), found.append))
        print(said_of(found))
