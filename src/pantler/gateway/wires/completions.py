"""OpenAI's plain completions."""

from collections.abc import Sequence
from typing import Any

import msgspec

from pantler.gateway import openai, schemas
from pantler.gateway.demands import demands_of
from pantler.gateway.parsing import fault
from pantler.gateway.wire import MOST_DEPTH, Fault, Request

_encode = msgspec.json.Encoder().encode

FIELDS: dict[str, schemas.Schema] = {
    "best_of": schemas.CHOICES,
    "echo": schemas.FLAG,
    "frequency_penalty": schemas.NUMBER,
    "logit_bias": schemas.OBJECT,
    "logprobs": schemas.WHOLE,
    "max_tokens": schemas.WHOLE,
    "model": schemas.NAME,
    "n": schemas.CHOICES,
    "presence_penalty": schemas.NUMBER,
    "prompt": schemas.TEXT_OR_TOKENS,
    "seed": schemas.WHOLE,
    "stop": schemas.TEXTS,
    "stream": schemas.FLAG,
    "stream_options": schemas.STREAM_OPTIONS,
    "suffix": schemas.TEXT,
    "temperature": schemas.NUMBER,
    "top_p": schemas.NUMBER,
    "user": schemas.TEXT,
}


class Completions:
    """POST /v1/completions."""

    path = "/v1/completions"
    operation = "completion"
    sampled = True
    events = openai.ServerSentEvents()
    known = frozenset(FIELDS)
    schema = schemas.body(FIELDS, "model", "prompt")
    demands = demands_of(FIELDS)

    def read(self, body: bytes, most_depth: int = MOST_DEPTH) -> Request | Fault:
        fields = openai.read(body, most_depth)
        if isinstance(fields, Fault):
            return fields
        if not isinstance(fields.get("prompt"), str | list):
            return fault("invalid_prompt", "'prompt' must be text, or a list of texts or of tokens", "prompt")
        return openai.request(self.operation, fields, len(body), prompts=openai.inputs(fields["prompt"]))

    def join(self, pieces: Sequence[bytes]) -> bytes:
        whole = openai.joined(pieces)
        usage = whole.pop("usage", None)
        whole["choices"] = [{"logprobs": None, "finish_reason": None, **choice} for choice in whole["choices"]]
        return _encode(whole if usage is None else {**whole, "usage": usage})

    def split(self, whole: bytes) -> list[bytes]:
        return openai.streamed(whole, "text_completion", _choice_pieces)

    def flaw(self, request: Request, whole: bytes, *, tool_calls: bool = False) -> str | None:
        answer = openai.whole_object(whole)
        if answer is None:
            return "not JSON"
        prompts = openai.inputs(request.fields["prompt"])
        return openai.flaw(request, answer, prompts=prompts) or _flaw(answer["choices"])

    def error(self, fault: Fault) -> bytes:
        return openai.error(fault)


def _choice_pieces(choice: dict[str, Any]) -> list[dict[str, Any]]:
    text = choice.get("text")
    index = choice.get("index", 0)
    words = openai.FEW_WORDS.findall(text) if isinstance(text, str) else []
    pieces = [{"index": index, "text": few, "logprobs": None, "finish_reason": None} for few in words]
    pieces.append({**choice, "index": index, "text": "" if words else text, "logprobs": None})
    pieces[0]["logprobs"] = choice.get("logprobs")
    return pieces


def _flaw(choices: list[dict[str, Any]]) -> str | None:
    if not all(isinstance(choice.get("text"), str) for choice in choices):
        return "no text"
    return None if all(choice["text"] for choice in choices) else "empty"
