"""The gateway at work: a real small model and a scripted dear one behind `pantler serve`, asked by the openai package.

`make demo` runs it. Nothing leaves this machine.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from checker import FOLDER
from client import Reply, ask_all
from comparison import Sums, compared
from learning import LEARNED, Learning, fit
from near import ask_near, near_config, reworded, said_of
from pantler.config.reading import read
from pantler.config.values import Config, Model, Prices
from pantler.config.weighing import weights_of
from pantler.config.writing import written
from pantler.core.rows import RENEWED
from pantler.ledgers.reading import reading
from pantler.ledgers.sums import sums
from popularity import Request, requests
from recordings import Recordings
from report import OWN, explained, next_steps, provenance, table, told, write
from server import PANTLER, serving

COLUMNS = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    requests: int
    seed: int
    folder: Path
    replayed: bool


def options() -> Options:
    """Those given, or else what `make demo` shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("out/demo"), help="is emptied first")
    parser.add_argument("--replayed", action="store_true", help="replay the small model's recorded answers")
    return Options(**vars(parser.parse_args()))


def configured(given: Options) -> Config:
    """What gateway.toml says, with its state in the folder."""
    config = read(FOLDER / "gateway.toml")
    config = replace(config, cache=replace(config.cache, path=str(given.folder.absolute())))
    return replace(config, models=tuple(map(_replayed, config.models))) if given.replayed else config


def _replayed(model: Model) -> Model:
    if model.provider != "local":
        return model
    return replace(model, provider="replay", settings={"path": str(FOLDER / "outcomes.jsonl")})


async def asked(config: Path, route: str, asking: list[Request], console: Console) -> list[Reply]:
    """What a gateway on `config` answers; shows how it goes."""
    replies: list[Reply] = []
    with Progress(*COLUMNS, console=console) as progress:
        task = progress.add_task("starting", total=len(asking))

        def heard(reply: Reply) -> None:
            replies.append(reply)
            progress.update(task, advance=1, description=_seen(replies))

        async with serving(config, config.with_name("gateway.log")) as url:
            await ask_all(url, route, asking, heard)
    return replies


def _seen(replies: list[Reply]) -> str:
    tiers = Counter(reply.tier for reply in replies)
    right = sum(reply.right for reply in replies) / len(replies)
    return f"{tiers['hit']} hits, {tiers['coalesced']} joined, {tiers['miss']} misses; {right:.0%} right"


def accounted(folder: Path, replies: list[Reply]) -> Sums:
    """What the ledger says of the requests, and what the application found right."""
    with reading(folder) as connection:
        (each,) = sums(connection)
        ((behind,),) = connection.execute("SELECT count(*) FROM rows WHERE decision LIKE '%' || ?", (RENEWED,))
    assert each.requests == len(replies) + behind, "every request has its row, and so has every call behind a hit"
    right = sum(reply.right for reply in replies)
    return Sums(len(replies), right, each.spent, each.saved_by_cache, each.saved_by_choice)


def near(given: Options, config: Config, console: Console) -> str:
    """What comes of the questions in other words."""
    (_, dear), replies = config.models, list[Reply]()
    assert isinstance(dear.price, Prices), "the demo declares its prices"
    asking = reworded(given.seed)
    with Progress(*COLUMNS, console=console) as progress:
        task = progress.add_task("near questions", total=len(asking))

        def heard(reply: Reply) -> None:
            replies.append(reply)
            progress.update(task, advance=1)

        asyncio.run(ask_near(near_config(given.folder, dear.price), asking, given.folder, heard))
    return said_of(replies)


def main() -> int:
    """Serve, ask, compare; the exit code is that of the ledger's audit."""
    given, console = options(), Console(soft_wrap=True, highlight=False)
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    config, asking = configured(given), requests(given.requests, given.seed)
    origin = provenance(config, given.seed)
    file = given.folder / "gateway.toml"
    file.write_text(written(config))
    (route,) = config.routes
    console.print(told(config, given.requests, is_replayed=given.replayed))
    replies = asyncio.run(asked(file, route.name, asking, console))
    recordings = Recordings(config)
    asyncio.run(recordings.load())
    learning = Learning(config, recordings, fit(config, given.folder))
    found = {
        OWN: accounted(given.folder, replies),
        LEARNED: learning.replay(asking),
        **compared(config, recordings, asking),
    }
    write(found, config, origin, given.folder / "table.csv")
    console.print(table(found, weights_of(route.objective).error))
    console.print(explained(config, found))
    console.print(near(given, config, console))
    audit = subprocess.run([PANTLER, "ledger", given.folder, "--audit"], check=False)
    console.print(next_steps(PANTLER, given.folder, route.objective.error_weight))
    return audit.returncode


if __name__ == "__main__":
    sys.exit(main())
