"""An application that uses the gateway: the openai package with another base URL, and feedback on some answers."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from openai import AsyncOpenAI

from checker import MOST_TOKENS, is_right
from popularity import Request

AT_A_TIME = 8
SECONDS = 120.0  # for one answer


@dataclass(frozen=True)
class Reply:
    """An answer as the application got it: right or not, from where (hit, miss, coalesced), by which decision."""

    text: str
    right: bool
    tier: str
    decision: str


async def ask_all(url: str, route: str, requests: list[Request], heard: Callable[[Reply], None]) -> None:
    """Ask every request in turn, several at a time, and rate those that are to be rated."""
    left = iter(requests)
    client = AsyncOpenAI(base_url=url, api_key="none is asked for", max_retries=0, timeout=SECONDS)
    async with client, asyncio.TaskGroup() as group:
        for _ in range(AT_A_TIME):
            group.create_task(_ask_some(client, route, left, heard))


async def _ask_some(client: AsyncOpenAI, route: str, left: Iterator[Request], heard: Callable[[Reply], None]) -> None:
    for request in left:
        reply = await _reply(client, route, request)
        heard(reply)
        if request.is_rated:
            await client.post(
                "/feedback", body={"decision_id": reply.decision, "good": reply.right, "signal": "test"}, cast_to=object
            )


async def _reply(client: AsyncOpenAI, route: str, request: Request) -> Reply:
    raw = await client.chat.completions.with_raw_response.create(
        model=route,
        messages=[{"role": "user", "content": request.question.question}],
        temperature=0,
        max_tokens=MOST_TOKENS,
        stream=request.is_streamed,
    )
    answer = raw.parse()
    if request.is_streamed:
        said = [choice.delta.content or "" async for chunk in answer for choice in chunk.choices]
        text = "".join(said)
    else:
        text = answer.choices[0].message.content or ""
    marks = raw.headers
    return Reply(text, is_right(request.question, text), marks["x-pantler-cache"], marks["x-pantler-decision"])
