"""langchain-openai as a client of the gateway."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from raw_upstream import Connection
from talking import KEY, TOOL, gateway

pytest.importorskip("langchain_openai", reason="needs the package langchain-openai")
from langchain_openai import ChatOpenAI

pytestmark = pytest.mark.filterwarnings("ignore")  # LangChain's own and pydantic's

PATIENCE = 10.0


@asynccontextmanager
async def asking(
    folder: Path, key: str = KEY, timeout: float = PATIENCE, **settings: Any
) -> AsyncGenerator[tuple[ChatOpenAI, list[Connection]], None]:
    async with gateway(folder) as (running, connections):
        base_url = f"{running.address}/v1"
        yield (
            ChatOpenAI(model="m", base_url=base_url, api_key=key, max_retries=0, timeout=timeout, **settings),
            connections,
        )


def test_an_answer_comes_whole_and_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path, include_response_headers=True) as (model, connections):
            first, again = [await model.ainvoke("how many?") for _ in range(2)]
        assert first.content == again.content == "two words"
        tiers = [each.response_metadata["headers"]["x-pantler-cache"] for each in (first, again)]
        assert tiers == ["miss", "hit"]
        usage = again.usage_metadata
        assert usage is not None
        assert (usage["input_tokens"], usage["output_tokens"]) == (5, 2)
        assert len(connections) == 1

    asyncio.run(test())


def test_an_answer_comes_streamed_first_by_a_call_and_then_by_a_hit(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path, stream_usage=True) as (model, connections):
            for _ in range(2):
                pieces = [piece async for piece in model.astream("how many?")]
                assert "".join(str(piece.content) for piece in pieces) == "two words"
                assert sum((piece.usage_metadata or {}).get("output_tokens", 0) for piece in pieces) == 2
            assert len(connections) == 1

    asyncio.run(test())


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_tools_are_called(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (model, _):
            bound: Any = model.bind_tools([TOOL])
            if streamed:
                pieces = [piece async for piece in bound.astream("what weather?")]
                answer = pieces[0]
                for piece in pieces[1:]:
                    answer += piece
            else:
                answer = await bound.ainvoke("what weather?")
        (call,) = answer.tool_calls
        assert (call["name"], call["args"], call["id"]) == ("weather", {"city": "Paris"}, "call_1")

    asyncio.run(test())


class City(BaseModel):
    """A city."""

    city: str


@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling"])
def test_json_comes_as_it_was_asked_for(tmp_path: Path, method: Any) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (model, _):
            assert await model.with_structured_output(City, method=method).ainvoke("which city, as json?") == City(
                city="Paris"
            )

    asyncio.run(test())


def test_an_error_is_raised_as_its_kind(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (model, _):
            with pytest.raises(openai.BadRequestError, match="bad words"):
                await model.ainvoke("be refused")
            with pytest.raises(openai.NotFoundError, match="no model or route is named 'gpt-0'"):
                await model.ainvoke("how many?", model="gpt-0")
        async with asking(tmp_path, key="another") as (model, _):
            with pytest.raises(openai.AuthenticationError):
                await model.ainvoke("how many?")

    asyncio.run(test())


def test_a_client_that_waits_no_longer_lets_the_upstream_go(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path, timeout=0.2) as (model, connections):
            while not connections:  # a busy machine may not have come so far in time
                with pytest.raises(openai.APITimeoutError):
                    await model.ainvoke("wait")
            await asyncio.wait_for(connections[0].closed.wait(), PATIENCE)

    asyncio.run(test())


def test_a_call_that_is_cancelled_lets_the_upstream_go(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (model, connections):
            call = asyncio.create_task(model.ainvoke("wait"))
            async with asyncio.timeout(PATIENCE):
                while not connections:
                    await asyncio.sleep(0)
                await connections[0].reached.wait()
                call.cancel()
                await connections[0].closed.wait()
            with pytest.raises(asyncio.CancelledError):
                await call

    asyncio.run(test())


def test_a_stream_that_is_left_lets_the_upstream_go(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (model, connections):
            stream: Any = model.astream("wait")
            assert (await anext(stream)).content == "two"
            await stream.aclose()
            await asyncio.wait_for(connections[0].closed.wait(), PATIENCE)

    asyncio.run(test())
