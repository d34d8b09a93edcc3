"""The openai package, asynchronous, as a client of the gateway."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from raw_upstream import Connection
from talking import KEY, TOOL, gateway

PATIENCE = 10.0


def said(text: str = "how many?") -> Any:
    return [{"role": "user", "content": text}]


@asynccontextmanager
async def asking(
    folder: Path, key: str = KEY, timeout: float = PATIENCE, **settings: Any
) -> AsyncGenerator[tuple[openai.AsyncOpenAI, list[Connection]], None]:
    async with gateway(folder, **settings) as (running, connections):
        client = openai.AsyncOpenAI(base_url=f"{running.address}/v1", api_key=key, max_retries=0, timeout=timeout)
        async with client:
            yield client, connections


def test_an_answer_comes_whole_and_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (client, connections):
            ask = client.chat.completions.with_raw_response.create
            first, again = [await ask(model="m", messages=said()) for _ in range(2)]
        assert [each.headers["x-pantler-cache"] for each in (first, again)] == ["miss", "hit"]
        assert first.parse() == again.parse()
        answer = first.parse()
        assert answer.choices[0].message.content == "two words"
        assert answer.usage is not None
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 2)
        (connection,) = connections
        assert connection.body["model"] == "theirs"
        assert KEY.encode() not in connection.head

    asyncio.run(test())


@pytest.mark.parametrize("with_usage", [True, False], ids=["with usage", "without"])
def test_an_answer_comes_streamed_first_by_a_call_and_then_by_a_hit(tmp_path: Path, with_usage: bool) -> None:
    async def streamed(client: openai.AsyncOpenAI) -> tuple[str, list[Any]]:
        options: Any = {"stream_options": {"include_usage": True}} if with_usage else {}
        pieces = await client.chat.completions.create(model="m", messages=said(), stream=True, **options)
        found = [piece async for piece in pieces]
        words = [choice.delta.content or "" for piece in found for choice in piece.choices]
        return "".join(words), [piece.usage for piece in found if piece.usage is not None]

    async def test() -> None:
        async with asking(tmp_path) as (client, connections):
            for _ in range(2):
                text, usages = await streamed(client)
                assert text == "two words"
                assert [usage.completion_tokens for usage in usages] == ([2] if with_usage else [])
            assert len(connections) == 1
            plain = await client.chat.completions.create(model="m", messages=said())
            assert plain.choices[0].message.content == "two words"
            assert len(connections) == 1

    asyncio.run(test())


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_tools_are_called(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (client, _):
            tools: Any = [TOOL]
            if streamed:
                async with client.chat.completions.stream(model="m", messages=said(), tools=tools) as stream:
                    answer: Any = await stream.get_final_completion()
            else:
                answer = await client.chat.completions.create(model="m", messages=said(), tools=tools)
        (call,) = answer.choices[0].message.tool_calls
        assert (call.id, call.function.name, call.function.arguments) == ("call_1", "weather", '{"city": "Paris"}')
        assert answer.choices[0].finish_reason == "tool_calls"

    asyncio.run(test())


class City(BaseModel):
    city: str


def test_json_comes_as_it_was_asked_for(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (client, connections):
            answer = await client.chat.completions.parse(model="m", messages=said(), response_format=City)
        assert answer.choices[0].message.parsed == City(city="Paris")
        assert connections[0].body["response_format"]["json_schema"]["schema"]["required"] == ["city"]

    asyncio.run(test())


async def unknown_model(client: openai.AsyncOpenAI) -> Any:
    return await client.chat.completions.create(model="gpt-0", messages=said())


async def wrong_type(client: openai.AsyncOpenAI) -> Any:
    return await client.chat.completions.create(model="m", messages=said(), extra_body={"max_tokens": "many"})


async def refused(client: openai.AsyncOpenAI) -> Any:
    return await client.chat.completions.create(model="m", messages=said("be refused"))


async def refused_while_streaming(client: openai.AsyncOpenAI) -> Any:
    return await client.chat.completions.create(model="m", messages=said("be refused"), stream=True)


@pytest.mark.parametrize(
    ("ask", "kind", "code"),
    [
        (unknown_model, openai.NotFoundError, "model_not_found"),
        (wrong_type, openai.BadRequestError, "invalid_type"),
        (refused, openai.BadRequestError, "bad"),
        (refused_while_streaming, openai.BadRequestError, "bad"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_error_is_raised_as_its_kind_with_its_code(
    tmp_path: Path,
    ask: Callable[[openai.AsyncOpenAI], Awaitable[Any]],
    kind: type[openai.APIStatusError],
    code: str,
) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (client, _):
            with pytest.raises(kind) as raised:
                await ask(client)
        assert raised.value.code == code
        assert raised.value.response.headers["x-pantler-decision"]

    asyncio.run(test())


def test_a_key_that_is_not_known_is_refused(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path, key="another") as (client, connections):
            with pytest.raises(openai.AuthenticationError, match="not known"):
                await client.chat.completions.create(model="m", messages=said())
            assert not connections

    asyncio.run(test())


def test_a_client_that_waits_no_longer_lets_the_upstream_go(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path, timeout=0.2) as (client, connections):
            while not connections:  # a busy machine may not have come so far in time
                with pytest.raises(openai.APITimeoutError):
                    await client.chat.completions.create(model="m", messages=said("wait"))
            await asyncio.wait_for(connections[0].closed.wait(), PATIENCE)

    asyncio.run(test())


def test_the_gateways_own_deadline_is_told_as_a_time_out(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path, request_seconds=0.2) as (client, connections):
            while not connections:  # a busy machine may not have come so far in time
                with pytest.raises(openai.InternalServerError) as raised:
                    await client.chat.completions.create(model="m", messages=said("wait"))
                assert raised.value.status_code == 504
            await asyncio.wait_for(connections[0].closed.wait(), PATIENCE)

    asyncio.run(test())


def test_a_call_that_is_cancelled_lets_the_upstream_go(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (client, connections):
            call = asyncio.create_task(client.chat.completions.create(model="m", messages=said("wait")))
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
        async with asking(tmp_path) as (client, connections):
            stream = await client.chat.completions.create(model="m", messages=said("wait"), stream=True)
            first = await anext(stream)
            assert first.choices[0].delta.content == "two"
            await stream.close()
            await asyncio.wait_for(connections[0].closed.wait(), PATIENCE)

    asyncio.run(test())


def test_an_answer_is_rated_and_a_bad_one_is_asked_anew(tmp_path: Path) -> None:
    async def test() -> None:
        async with asking(tmp_path) as (client, _):
            ask = client.chat.completions.with_raw_response.create
            decision = (await ask(model="m", messages=said())).headers["x-pantler-decision"]
            again = (await ask(model="m", messages=said())).headers["x-pantler-decision"]
            for each in (decision, again):
                await client.post("/feedback", body={"decision_id": each, "good": False}, cast_to=object)
            assert (await ask(model="m", messages=said())).headers["x-pantler-cache"] == "miss"
            assert [model.id async for model in client.models.list()] == ["m"]

    asyncio.run(test())
