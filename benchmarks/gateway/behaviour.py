"""What holds whatever the speed: first bytes, start and size, one call for many, budgets, memory."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median, quantiles
from urllib.request import Request, urlopen

from asking import Connection, ask_at_once, request
from figures import Figure
from load import load
from servers import Server, nginx, pantler, two_models
from upstream import GAP_SECONDS, Upstream

MB = 1e6
CACHE_MB = 64
WAYS = (  # how the upstream answers, how many clients leave, how many calls that makes
    ("slow", 0, 1, ""),
    ("failing", 0, 2, ", the leader failing"),
    ("slow", 1, 1, ", the leader leaving"),
)
DEAR = "price = { in = 0, out = 375 }\n"  # an answer of 80 tokens costs 0.03 dollars


def first_bytes(folder: Path, requests: int, seed: int) -> Iterator[Figure]:
    """What the gateway adds to the first streamed byte, one connection at a time, in turn with direct ones."""
    with nginx(folder) as direct, Upstream() as slow:
        streamed = replace(direct, url=direct.url.replace("/v1", "/stream/v1"))
        with pantler(folder / "first", two_models(streamed.url)) as gateway:
            ways = [Connection(streamed), Connection(gateway)]
            chance, found = Random(seed), ([], [])
            for number in range(requests + 100):
                for which in chance.sample((0, 1), 2):
                    found[which].append(ways[which].first_byte_seconds(f"{number} {chance.random()}"))
            for way in ways:
                way.close()
        beside, ours = (quantiles(each[100:], n=100) for each in found)
        for percent, line in ((50, 1.0), (99, 5.0)):
            added = 1e3 * (ours[percent - 1] - beside[percent - 1])
            yield Figure(f"first streamed byte over direct, p{percent}", "ms", added, repeats=requests, at_most=line)
        with pantler(folder / "gap", two_models(slow.url("gap"))) as gateway:
            way = Connection(gateway)
            seconds = [way.first_byte_seconds(f"gap {number}") for number in range(20)]
            way.close()
        late = 500 * GAP_SECONDS
        yield Figure.of("first event, the second being 100 ms later", "ms", [1e3 * s for s in seconds], at_most=late)


def start(folder: Path, repeats: int) -> Iterator[Figure]:
    """From the command to the first answer, memory then, and what an import takes over Python's own start."""
    seconds, spent, resident = [], [], []
    with nginx(folder) as upstream:
        for number in range(repeats):
            began = time.perf_counter()
            with pantler(folder / f"start{number}", two_models(upstream.url)) as gateway:
                _ask(gateway)
                seconds.append(time.perf_counter() - began)
                spent.append(gateway.cpu_seconds())
                resident.append(gateway.resident_bytes() / MB)
    yield Figure.of("start to first answer", "s", seconds, at_most=1.0)
    yield Figure.of("start to first answer, CPU", "s", spent)
    yield Figure.of("idle memory", "MB", resident, at_most=100.0)
    bare, imported = [], []
    for _ in range(2 * repeats + 1):
        bare.append(_python("pass"))
        imported.append(_python("import pantler"))
    yield Figure("import pantler", "s", median(imported) - median(bare), repeats=len(bare), at_most=0.3)


def single_flight(folder: Path, clients: int) -> Iterator[Figure]:
    """Upstream calls for equal misses at once: plain, where the leader fails, where it leaves."""
    for way, leaves, calls, ending in WAYS:
        place = folder / f"flight-{way}-{leaves}"
        with Upstream() as upstream, pantler(place, two_models(upstream.url(way))) as gateway:
            answers = asyncio.run(ask_at_once(gateway, ["the same"] * clients, leaves=leaves))
        good = sum(answer.startswith(b"HTTP/1.1 200") for answer in answers)
        name = f"{clients} equal misses{ending}"
        yield Figure(f"{name}: upstream calls", "calls", upstream.calls[way], at_least=calls, at_most=calls)
        yield Figure(f"{name}: answered", "clients", good, at_least=clients - leaves - (way == "failing"))


def budget(folder: Path, clients: int) -> Iterator[Figure]:
    """Dollars spent by clients that come at once on the last dollar, of one model: none is held for a stand-in."""
    with Upstream() as upstream:
        config = two_models(upstream.url("slow"))
        config = "\n".join(DEAR if line.startswith("price") else line for line in config.splitlines())
        with pantler(folder / "budget", config, "budget_per_day = 1.0") as gateway:
            prompts = [f"question {number}" for number in range(clients)]
            answers = asyncio.run(ask_at_once(gateway, prompts, model="cheap", max_tokens=80))
    spent = sum(_cost(answer) for answer in answers)
    refused = sum(answer.startswith(b"HTTP/1.1 429") for answer in answers)
    yield Figure(f"{clients} at once on the last dollar: overspent", "dollars", max(0.0, spent - 1.0), at_most=0.0)
    yield Figure(f"{clients} at once on the last dollar: spent", "dollars", spent, at_least=0.97, at_most=1.0)
    yield Figure(f"{clients} at once on the last dollar: refused", "requests", refused)


def memory(folder: Path, distinct: int) -> Iterator[Figure]:
    """Resident memory while questions come of which none came before."""
    with nginx(folder) as upstream, pantler(folder / "memory", two_models(upstream.url)) as gateway:
        asked, resident = 0, [gateway.resident_bytes() / MB]
        while asked < distinct:
            asked += load(gateway, "new", 10, folder).requests
            resident.append(gateway.resident_bytes() / MB)
    half = resident[len(resident) // 2 :]
    line = 1.05 * CACHE_MB + 60
    yield Figure("distinct requests sent", "requests", asked)
    yield Figure(f"resident memory, a cache of {CACHE_MB} MB", "MB", max(resident), resident[0], at_most=line)
    yield Figure("growth in the second half", "MB", half[-1] - half[0])


def _ask(server: Server) -> None:
    body = request(server, "are you there?").partition(b"\r\n\r\n")[2]
    headers = {**server.headers, "content-type": "application/json"}
    with urlopen(Request(f"{server.url}/chat/completions", body, headers)) as answer:
        answer.read()


def _python(line: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", line], check=True)
    return time.perf_counter() - began


def _cost(answer: bytes) -> float:
    for line in answer.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.startswith(b"x-pantler-cost: "):
            return float(line.partition(b": ")[2])
    return 0.0
