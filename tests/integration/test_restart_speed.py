"""How long a gateway that kept much takes until it is ready, beside one that kept little.

In CPU of the whole process, which says the same on a busy machine. One that kept little is ready in a quarter of a
second where it was recorded (benchmarks/results/gateway.csv): eight times as long are the two that are promised.
"""

import asyncio
from pathlib import Path
from random import Random
from statistics import median

import pytest

from pantler.config.keys import pepper, state_folder
from pantler.config.reading import read
from pantler.core.asks import Entry
from pantler.core.types import Miss, Outcome, Query
from pantler.gateway.clocks import Clocks
from pantler.gateway.keeping import Keeping
from pantler.gateway.reloading import first_upstreams
from pantler.gateway.setup import set_up
from process import Process

MANY, FEW = 100_000, 1000
MOST_TIMES = 8.0
STARTS = 3
BODY_BYTES = 600
ENVIRONMENT = {"PANTLER_PEPPER": "the pepper of all these tests"}
CONFIG = """
[gateway]
listen = "127.0.0.1:0"
[cache]
path = "kept"
capacity = "1GB"
[[models]]
name = "m"
provider = "scripted"
price = "free"
"""


def kept(folder: Path, count: int) -> Path:
    """The configuration of a gateway that ended with so many answers, and with what it had learned of them."""
    file = folder / f"{count}" / "pantler.toml"
    file.parent.mkdir()
    file.write_text(CONFIG)
    config, clocks = read(file, ENVIRONMENT), Clocks()
    secret = pepper(config.gateway, state_folder(config), ENVIRONMENT).secret
    setup = set_up(config, first_upstreams(config, ENVIRONMENT, clocks), secret)
    keeping = Keeping(config.cache, setup.multiplexer, state_folder(config), secret)
    keeping.open(clocks.wall())
    chance = Random(count)
    for _ in range(count):
        keep(keeping, chance.getrandbits(128), Entry(chance.randbytes(BODY_BYTES), "m", "anybody", "m", clocks.wall()))
    asyncio.run(keeping.close())
    return file


def keep(keeping: Keeping, key: int, entry: Entry) -> None:
    looked = keeping.engine.look(Query(key, route="m"), entry.stored_at)
    assert isinstance(looked, Miss)
    outcome = Outcome(looked.query, "m", 1.0, charges=(("m", 1.0),), size_bytes=entry.size_bytes)
    if keeping.engine.learn(outcome, entry.stored_at).admitted:
        keeping.store.put(key, entry)


def started(file: Path, count: int) -> float:
    """CPU seconds until the gateway answers, with everything that was kept."""
    process = Process(file, ENVIRONMENT)
    assert process.ask("/readyz", base=process.url)[0] == 200
    spent = process.cpu_seconds()
    assert f"{count} answers were kept, {count} of them with what was learned" in process.wait_for("answers were kept")
    assert process.end() == 0
    return spent


@pytest.mark.promise("F1")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="what another process has used is read from /proc")
def test_a_gateway_that_kept_a_hundred_thousand_answers_is_ready_in_eight_times_what_a_small_one_takes(
    tmp_path: Path,
) -> None:
    files = {count: kept(tmp_path, count) for count in (FEW, MANY)}
    took: dict[int, list[float]] = {count: [] for count in files}
    for _ in range(STARTS):
        for count, file in files.items():
            took[count].append(started(file, count))
    assert median(took[MANY]) <= MOST_TIMES * median(took[FEW]), took
