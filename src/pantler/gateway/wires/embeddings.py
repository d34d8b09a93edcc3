"""OpenAI's embeddings."""

from collections.abc import Sequence
from typing import Any

from pantler.gateway import openai, schemas
from pantler.gateway.demands import demands_of
from pantler.gateway.parsing import fault
from pantler.gateway.wire import MOST_DEPTH, Events, Fault, Request

INPUT = {"anyOf": [schemas.NAME, *schemas.TEXT_OR_TOKENS["anyOf"][1:]]}
FIELDS: dict[str, schemas.Schema] = {
    "dimensions": schemas.WHOLE,
    "encoding_format": schemas.TEXT,
    "input": INPUT,
    "model": schemas.NAME,
    "user": schemas.TEXT,
}


class Embeddings:
    """POST /v1/embeddings."""

    path = "/v1/embeddings"
    operation = "embedding"
    sampled = False
    events: Events | None = None
    known = frozenset(FIELDS)
    schema = schemas.body(FIELDS, "model", "input")
    demands = demands_of(FIELDS)

    def read(self, body: bytes, most_depth: int = MOST_DEPTH) -> Request | Fault:
        fields = openai.read(body, most_depth)
        if isinstance(fields, Fault):
            return fields
        if not fields.get("input") or not isinstance(fields["input"], str | list):
            return fault("invalid_input", "'input' must be text, or a list of texts or of tokens", "input")
        return Request(self.operation, fields["model"], fields, len(body), 0)

    def join(self, pieces: Sequence[bytes]) -> bytes:
        return pieces[0]

    def split(self, whole: bytes) -> list[bytes]:
        return [whole]

    def flaw(self, request: Request, whole: bytes, *, tool_calls: bool = False) -> str | None:
        answer = openai.whole_object(whole)
        return "not JSON" if answer is None else _flaw(request, answer)

    def error(self, fault: Fault) -> bytes:
        return openai.error(fault)


def _flaw(request: Request, answer: dict[str, Any]) -> str | None:
    data = answer.get("data")
    if answer.get("error") is not None:
        return "an error"
    if not isinstance(data, list) or len(data) != openai.inputs(request.fields["input"]):
        return "fewer answers than asked"
    return None if all(isinstance(one, dict) and one.get("embedding") for one in data) else "empty"
