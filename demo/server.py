"""The real `pantler serve` as a process beside the demo, what it says kept in a file."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

START_SECONDS = 60.0
PANTLER = os.path.relpath(Path(sys.executable).with_name("pantler"))


@asynccontextmanager
async def serving(config: Path, log: Path) -> AsyncGenerator[str, None]:
    """The base URL of a gateway on `config`, which is told to end, and waited for, in the end."""
    process = await asyncio.create_subprocess_exec(PANTLER, "serve", str(config), stderr=PIPE)
    assert process.stderr is not None
    said: list[bytes] = []
    try:
        async with asyncio.timeout(START_SECONDS):
            url = await _answering(process, said)
        listening = asyncio.create_task(_listen(process, said))
        yield url
        process.terminate()
        await process.wait()
        await listening
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        log.write_bytes(b"".join(said))


async def _answering(process: Process, said: list[bytes]) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        said.append(line)
        found = re.search(rb"pantler answers on (http://[^\s\"]+)", line)
        if found is not None:
            return found[1].decode()
    raise SystemExit(f"pantler serve did not start:\n{b''.join(said).decode()}")


async def _listen(process: Process, said: list[bytes]) -> None:
    assert process.stderr is not None
    said += [line async for line in process.stderr]
