"""CPU of one exchange with an upstream, by the clients that could make it: ours, and aiohttp as it was used before.

Each asks nginx for the same answer, 64 calls at a time on uvloop, round after round in one process; the medians of the
CPU of this process alone are printed, with the ratio within each round, and written where --out says. aiohttp is asked
as cheaply as it can be: prebuilt address, headers and time-outs, no cookies, nothing unpacked.

    python benchmarks/gateway/clients.py [--rounds 9] [--calls 20000] [--out FILE]
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import uvloop
from figures import Figure, write
from servers import nginx
from yarl import URL

from pantler.core.asks import Ask, Endpoint
from pantler.providers._http import Http

AT_ONCE = 64
BODY = b'{"model":"m","messages":[{"role":"user","content":"' + b"Which of these is the name of a city? " * 12 + b'"}]}'
PATH = "chat/completions"
SEED = 1

Call = Callable[[], Awaitable[bytes]]


@asynccontextmanager
async def ours(base_url: str) -> AsyncIterator[Call]:
    """The providers' own."""
    http = Http(Endpoint(name="m", base_url=base_url, key="k"), headers={}, max_answer_bytes=1 << 20)

    async def call() -> bytes:
        return await http.whole(PATH, BODY, Ask("chat", "m", {}, time.monotonic() + 600.0))

    yield call
    await http.close()


@asynccontextmanager
async def by_aiohttp(base_url: str) -> AsyncIterator[Call]:
    """The client that came before."""
    url = URL(base_url) / PATH
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "Authorization": "Bearer k"}
    timeout = aiohttp.ClientTimeout(total=None, connect=5.0, sock_connect=5.0)
    connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=60)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=jar, auto_decompress=False
    ) as session:

        async def call() -> bytes:
            async with asyncio.timeout(120.0):
                response = await session.post(url, data=BODY, headers=headers, allow_redirects=False)
            try:
                async with asyncio.timeout(60.0):
                    return await response.read()
            finally:
                response.release()

        yield call


CLIENTS = {"ours": ours, "aiohttp": by_aiohttp}


async def cpu_us(call: Call, calls: int) -> float:
    """Microseconds of this process a call."""
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            assert await call()

    begun = time.process_time()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return 1e6 * (time.process_time() - begun) / calls


async def measured(base_url: str, rounds: int, calls: int) -> dict[str, list[float]]:
    """By client, a figure for each round; one before them warms up."""
    found: dict[str, list[float]] = {name: [] for name in CLIENTS}
    for number in range(rounds + 1):
        for name, opened in CLIENTS.items():
            async with opened(base_url) as call:
                spent = await cpu_us(call, calls if number else calls // 10)
            if number:
                found[name].append(spent)
    return found


def main() -> None:
    """Measure, print, and write the table where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    sys.path.append(str(Path(__file__).parent.parent))
    from _record import provenance  # which all benchmarks share

    with TemporaryDirectory(prefix="pantler-clients-") as folder, nginx(Path(folder)) as upstream:
        found = uvloop.run(measured(upstream.url, options.rounds, options.calls))
    ratios = [one / other for one, other in zip(found["ours"], found["aiohttp"], strict=True)]
    figures = [Figure.of(f"{name}: CPU a call", "us", values) for name, values in found.items()]
    figures.append(Figure.of("ours / aiohttp: CPU a call", "ratio", ratios, at_most=0.5))
    for figure in figures:
        print(figure)
    if options.out:
        beside = {"beside": f"aiohttp={aiohttp.__version__} uvloop={uvloop.__version__}", **provenance(SEED)}
        write(options.out, [{"part": "clients", **figure.row(), **beside} for figure in figures])


if __name__ == "__main__":
    main()
