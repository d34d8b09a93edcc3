"""What of a request decides its answer, hashed, with the size of what came back."""

import math
from typing import Any

import msgspec

from pantler.traces.values import Record, as_json, key_of

ASKED = ("messages", "prompt", "input")
_MATTERS = (
    *ASKED,
    *("instructions", "system", "tools", "tool_choice", "functions", "function_call", "response_format", "text"),
    *("reasoning", "reasoning_effort", "temperature", "top_p", "n", "seed", "stop", "logit_bias", "modalities"),
    *("max_tokens", "max_completion_tokens", "max_output_tokens", "frequency_penalty", "presence_penalty"),
)


def content_key(request: Record) -> int | None:
    """The key of an OpenAI request body: all that decides the answer but the model, which is ours to choose.

    None where the body asks nothing.
    """
    content = {name: as_json(request[name]) for name in _MATTERS if request.get(name) is not None}
    asks = any(content.get(name) not in (None, "", [], {}) for name in ASKED)
    return key_of(content) if asks else None


def response_bytes(response: Any) -> float:
    """How long the answer is as JSON, NaN where none was recorded."""
    return math.nan if response in (None, "", {}, []) else float(len(msgspec.json.encode(response)))
