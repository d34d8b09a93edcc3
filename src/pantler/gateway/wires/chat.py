"""OpenAI's chat completions."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from pantler.core.errors import ProviderError
from pantler.core.seen import seen_of
from pantler.gateway import openai, schemas
from pantler.gateway.demands import demands_of
from pantler.gateway.parsing import fault
from pantler.gateway.plain_answers import is_plain
from pantler.gateway.wire import MOST_DEPTH, Fault, Request

_encode: Final = msgspec.json.Encoder().encode

MESSAGES: Final = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {"role": schemas.NAME, "content": schemas.PARTS, "tool_calls": schemas.OBJECTS},
        "required": ["role"],
    },
}
FIELDS: Final[dict[str, schemas.Schema]] = {
    "audio": schemas.OBJECT,
    "frequency_penalty": schemas.NUMBER,
    "function_call": schemas.ANYTHING,
    "functions": schemas.OBJECTS,
    "logit_bias": schemas.OBJECT,
    "logprobs": schemas.FLAG,
    "max_completion_tokens": schemas.WHOLE,
    "max_tokens": schemas.WHOLE,
    "messages": MESSAGES,
    "metadata": schemas.OBJECT,
    "modalities": schemas.LIST,
    "model": schemas.NAME,
    "moderation": schemas.ANYTHING,
    "n": schemas.CHOICES,
    "parallel_tool_calls": schemas.FLAG,
    "prediction": schemas.OBJECT,
    "presence_penalty": schemas.NUMBER,
    "prompt_cache_key": schemas.TEXT,
    "prompt_cache_options": schemas.OBJECT,
    "prompt_cache_retention": schemas.TEXT,
    "reasoning_effort": schemas.TEXT,
    "response_format": schemas.OBJECT,
    "safety_identifier": schemas.TEXT,
    "seed": schemas.WHOLE,
    "service_tier": schemas.TEXT,
    "stop": schemas.TEXTS,
    "store": schemas.FLAG,
    "stream": schemas.FLAG,
    "stream_options": schemas.STREAM_OPTIONS,
    "temperature": schemas.NUMBER,
    "tool_choice": schemas.ANYTHING,
    "tools": schemas.OBJECTS,
    "top_logprobs": schemas.WHOLE,
    "top_p": schemas.NUMBER,
    "user": schemas.TEXT,
    "verbosity": schemas.TEXT,
    "web_search_options": schemas.OBJECT,
}


class Chat:
    """POST /v1/chat/completions."""

    path = "/v1/chat/completions"
    operation = "chat"
    sampled = True
    events = openai.ServerSentEvents()
    known = frozenset(FIELDS)
    schema = schemas.body(FIELDS, "model", "messages")
    demands = demands_of(FIELDS)

    def read(self, body: bytes, most_depth: int = MOST_DEPTH) -> Request | Fault:
        fields = openai.read(body, most_depth)
        if not isinstance(fields, dict):
            return fields
        messages = fields.get("messages")
        attachments = _attachments(messages) if isinstance(messages, list) and messages else -1
        if attachments < 0:
            must = '\'messages\' must be a list with at least one message, such as {"role": "user", "content": "..."}'
            return fault("invalid_messages", must, "messages")
        return openai.request(self.operation, fields, len(body), attachments=attachments)

    def join(self, pieces: Sequence[bytes]) -> bytes:
        whole = openai.joined(pieces)
        usage = whole.pop("usage", None)
        whole["object"] = "chat.completion"
        whole["choices"] = [_whole_choice(choice) for choice in whole["choices"]]
        return _encode(whole if usage is None else {**whole, "usage": usage})

    def split(self, whole: bytes) -> list[bytes]:
        return openai.streamed(whole, "chat.completion.chunk", _choice_pieces)

    def flaw(self, request: Request, whole: bytes, *, tool_calls: bool = False) -> str | None:
        count = request.fields.get("n") or 1
        seen = seen_of(whole)
        if (seen is not None and seen.text and count <= 1) or is_plain(whole, count):
            return None
        answer = openai.whole_object(whole)
        if answer is None:
            return "not JSON"
        return openai.flaw(request, answer) or _flaw(answer["choices"], tool_calls=tool_calls)

    def error(self, fault: Fault) -> bytes:
        return openai.error(fault)


def _attachments(messages: list[Any]) -> int:
    """How many parts of the messages are not text, so that their size in tokens cannot be told from their bytes.

    -1 where a message is none.
    """
    found = 0
    for message in messages:
        if not isinstance(message, dict):
            return -1
        content = message.get("content")
        if isinstance(content, list):
            found += sum(not isinstance(part, dict) or part.get("type") != "text" for part in content)
    return found


def _whole_choice(choice: dict[str, Any]) -> dict[str, Any]:
    message = choice.pop("delta", None)
    message = message if isinstance(message, dict) else {}
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            call.pop("index", None)
    message = {"role": "assistant", "content": None, **message}
    return {"logprobs": None, "finish_reason": None, **choice, "message": message}


def _choice_pieces(choice: dict[str, Any]) -> Iterator[dict[str, Any]]:
    index = choice.get("index", 0)
    logprobs, message = choice.get("logprobs"), choice.get("message")
    if not isinstance(message, dict):
        raise ProviderError("the upstream's answer has no message in one of its choices", kind="garbage")
    for delta in _deltas(message):
        piece = {"index": index, "delta": delta, "finish_reason": None}
        if logprobs is not None and delta.get("content"):
            piece["logprobs"], logprobs = logprobs, None
        yield piece
    rest = {name: value for name, value in choice.items() if name != "message"}
    yield {**rest, "index": index, "delta": {}, "logprobs": logprobs}


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    content = message.get("content")
    nothing = {name: None for name, value in message.items() if value is None}
    yield {"role": message.get("role", "assistant"), "content": "" if isinstance(content, str) else None, **nothing}
    for name, value in message.items():
        if value is None or name == "role":
            continue
        if isinstance(value, str):
            yield from ({name: words} for words in openai.FEW_WORDS.findall(value))
        elif name == "tool_calls" and isinstance(value, list) and all(isinstance(call, dict) for call in value):
            yield from ({name: [{"index": index, **call}]} for index, call in enumerate(value))
        else:
            yield {name: value}


def _flaw(choices: list[dict[str, Any]], *, tool_calls: bool) -> str | None:
    for choice in choices:
        message = choice.get("message")
        if not isinstance(message, dict):
            return "no message"
        if message.get("refusal"):
            return "refused"
        calls = message.get("tool_calls") or message.get("function_call")
        if calls and not tool_calls:
            return "calls a tool"
        if not isinstance(message.get("content"), str | list | None):
            return "no text"
        if not (calls or message.get("content") or message.get("audio")):
            return "empty"
    return None
