"""`pantler serve` in a process of its own, over an upstream that the test plays."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

SECONDS = 30.0
PEPPER = "the pepper of all these tests"
ADMIN = "an admin key that nobody guesses"
RUN = "from pantler.cli import main; main()"
CONFIG = """
[gateway]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
grace_seconds = 20
{gateway}
[cache]
path = "kept"
[[models]]
name = "m"
base_url = "http://{upstream}/v1"
price = {{ in = 1, out = 2 }}
{more}
"""


class Served:
    """A gateway in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.said: list[str] = []
        self.port = self.admin = 0
        self._said = asyncio.Condition()
        self._listening = asyncio.create_task(self._listen())

    async def says(self, words: str, count: int = 1) -> str:
        """The line that has these words, once so many do."""
        async with asyncio.timeout(SECONDS), self._said:
            await self._said.wait_for(lambda: sum(words in line for line in self.said) >= count)
        return next(line for line in self.said if words in line)

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        async with asyncio.timeout(SECONDS):
            await self._listening
            return await self.process.wait()

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._said:
                self.said.append(line.decode())
                self._said.notify_all()


def _port(line: str) -> int:
    """Of the address in a record."""
    found = re.search(r"http://\S+:(\d+)", json.loads(line)["message"])
    assert found is not None, line
    return int(found[1])


@asynccontextmanager
async def served(folder: Path, *arguments: str) -> AsyncGenerator[Served, None]:
    environment = {**os.environ, "PANTLER_PEPPER": PEPPER, "PANTLER_ADMIN_KEY": ADMIN, "XDG_STATE_HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, "serve", *arguments, stderr=asyncio.subprocess.PIPE, env=environment
    )
    gateway = Served(process, folder)
    try:
        gateway.port = _port(await gateway.says("pantler answers on"))
        gateway.admin = _port(await gateway.says("admin routes"))
        yield gateway
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await gateway._listening


def config(folder: Path, place: str, *, gateway: str = "", more: str = "") -> Path:
    path = folder / "pantler.toml"
    path.write_text(CONFIG.format(upstream=place, gateway=gateway, more=more))
    return path
