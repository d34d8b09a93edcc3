"""The SDK of LiteLLM as a client of the gateway."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lite import put_away
from raw_upstream import Connection
from talking import KEY, TOOL, gateway

litellm = pytest.importorskip("litellm", reason="needs the package litellm")

pytestmark = pytest.mark.filterwarnings("ignore")  # LiteLLM's own, of which there are many

PATIENCE = 10.0


def said(text: str = "how many?") -> Any:
    return [{"role": "user", "content": text}]


@asynccontextmanager
async def asking(
    folder: Path, key: str = KEY, timeout: float = PATIENCE
) -> AsyncGenerator[tuple[Any, list[Connection]], None]:
    async with gateway(folder) as (running, connections), put_away():
        base_url = f"{running.address}/v1"
        ask = partial(
            litellm.acompletion, model="openai/m", api_base=base_url, api_key=key, max_retries=0, timeout=timeout
        )
        yield ask, connections


def test_an_answer_comes_whole_and_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (ask, connections):
            for _ in range(2):
                answer = await ask(messages=said())
                assert answer.choices[0].message.content == "two words"
                assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 2)
            assert len(connections) == 1

    asyncio.run(test())


def test_an_answer_comes_streamed_first_by_a_call_and_then_by_a_hit(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (ask, connections):
            for _ in range(2):
                stream = await ask(messages=said(), stream=True, stream_options={"include_usage": True})
                pieces = [piece async for piece in stream]
                words = [choice.delta.content or "" for piece in pieces for choice in piece.choices]
                assert "".join(words) == "two words"
                usages = [piece.usage for piece in pieces if getattr(piece, "usage", None)]
                assert [usage.completion_tokens for usage in usages] == [2]
            assert len(connections) == 1

    asyncio.run(test())


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_tools_are_called(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (ask, _):
            answer = await ask(messages=said(), tools=[TOOL], stream=streamed)
            if streamed:
                answer = litellm.stream_chunk_builder([piece async for piece in answer])
        (call,) = answer.choices[0].message.tool_calls
        assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')

    asyncio.run(test())


def test_json_comes_as_it_was_asked_for(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (ask, connections):
            answer = await ask(messages=said(), response_format={"type": "json_object"})
        assert answer.choices[0].message.content == '{"city": "Paris"}'
        assert connections[0].body["response_format"] == {"type": "json_object"}

    asyncio.run(test())


def test_an_error_is_raised_as_its_kind(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (ask, _):
            with pytest.raises(litellm.BadRequestError, match="bad words"):
                await ask(messages=said("be refused"))
            with pytest.raises(litellm.NotFoundError, match="no model or route is named 'gpt-0'"):
                await ask(messages=said(), model="openai/gpt-0")
        async with asking(tmp_path, key="another") as (ask, _):
            with pytest.raises(litellm.AuthenticationError):
                await ask(messages=said())

    asyncio.run(test())


def test_a_client_that_waits_no_longer_lets_the_upstream_go(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path, timeout=0.2) as (ask, connections):
            while not connections:  # a busy machine may not have come so far in time
                with pytest.raises(litellm.Timeout):
                    await ask(messages=said("wait"))
            await asyncio.wait_for(connections[0].closed.wait(), PATIENCE)

    asyncio.run(test())


def test_a_call_that_is_cancelled_lets_the_upstream_go(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (ask, connections):
            call = asyncio.create_task(ask(messages=said("wait")))
            async with asyncio.timeout(PATIENCE):
                while not connections:
                    await asyncio.sleep(0)
                await connections[0].reached.wait()
                call.cancel()
                await connections[0].closed.wait()
            with pytest.raises(asyncio.CancelledError):
                await call

    asyncio.run(test())
