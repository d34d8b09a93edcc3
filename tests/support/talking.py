"""An upstream that talks OpenAI's wire as a model would: words, a tool call, JSON where asked for; or keeps silent."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pantler.config.keys import digest
from pantler.config.values import Config, Gateway, Key, Model, Prices, Tenant
from raw_upstream import DONE, STREAM, Connection, answer, event, upstream
from running import SECRET, Running, running

KEY = "a-key-of-the-tests"
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
HEAD = {"id": "chatcmpl-1", "created": 1_800_000_000, "model": "theirs"}
USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
REFUSED = {"error": {"message": "bad words", "type": "invalid_request_error", "param": "messages", "code": "bad"}}


async def talks(connection: Connection) -> None:
    """Answers every ask, but keeps silent where "wait" is said, from the second word on where it streams."""
    while True:
        await connection.read_ask()
        said = connection.body["messages"][-1]["content"]
        if said == "be refused":
            await connection.send(answer(json.dumps(REFUSED).encode(), status="400 Bad Request"))
        elif connection.streams:
            await connection.send(STREAM)
            for piece in _pieces(_message(connection.body)):
                await connection.send(event(json.dumps({**HEAD, "object": "chat.completion.chunk", **piece}).encode()))
                if said == "wait":
                    return await connection.wait_for_close()
            await connection.send(DONE)
        elif said == "wait":
            return await connection.wait_for_close()
        else:
            await connection.send(answer(json.dumps(_whole(_message(connection.body))).encode()))


def _message(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("tools"):
        called = {"name": body["tools"][0]["function"]["name"], "arguments": '{"city": "Paris"}'}
        calls = [{"id": "call_1", "type": "function", "function": called}]
        return {"role": "assistant", "content": None, "tool_calls": calls}
    kind = body.get("response_format", {}).get("type", "text")
    return {"role": "assistant", "content": "two words" if kind == "text" else '{"city": "Paris"}'}


def _whole(message: dict[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": _finish(message)}
    return {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}


def _pieces(message: dict[str, Any]) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]]
    if "tool_calls" in message:
        (call,) = message["tool_calls"]
        arguments = call["function"]["arguments"]
        first = {"index": 0, **call, "function": {**call["function"], "arguments": ""}}
        parts = [{"index": 0, "function": {"arguments": part}} for part in (arguments[:7], arguments[7:])]
        deltas = [{"role": "assistant", "content": None, "tool_calls": [first]}, *({"tool_calls": [p]} for p in parts)]
    else:
        words = message["content"].partition(" ")
        deltas = [{"role": "assistant", "content": words[0]}, {"content": "".join(words[1:])}]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    end = {"index": 0, "delta": {}, "finish_reason": _finish(message)}
    return [*({"choices": [choice]} for choice in (*choices, end)), {"choices": [], "usage": USAGE}]


def _finish(message: dict[str, Any]) -> str:
    return "tool_calls" if "tool_calls" in message else "stop"


@asynccontextmanager
async def gateway(folder: Path, **settings: Any) -> AsyncGenerator[tuple[Running, list[Connection]], None]:
    """A gateway that asks for KEY, over such an upstream; `settings` are those of the table [gateway]."""
    async with upstream(talks) as (place, connections):
        config = Config(
            gateway=Gateway(**settings),
            models=(Model("m", base_url=f"http://{place}/v1", upstream_model="theirs", price=Prices("1", "2")),),
            tenants=(Tenant("acme", (Key(digest(SECRET, KEY)),)),),
        )
        with running(config, folder) as running_gateway:
            yield running_gateway, connections
