"""JSON Schemas of what OpenAI's operations have in common."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

ANYTHING: Schema = {}
TEXT: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": ["boolean", "null"]}
NUMBER: Schema = {"type": ["number", "null"]}
WHOLE: Schema = {"type": ["integer", "null"]}
OBJECT: Schema = {"type": ["object", "null"]}
LIST: Schema = {"type": ["array", "null"]}
OBJECTS: Schema = {"type": ["array", "null"], "items": {"type": "object"}}
TEXTS: Schema = {"type": ["string", "array", "null"], "items": {"type": "string"}}
PARTS: Schema = {"type": ["string", "array", "null"], "items": {"type": "object"}}
NAME: Schema = {"type": "string", "minLength": 1}
CHOICES: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": 128}
TEXT_OR_TOKENS: Schema = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}, "minItems": 1},
    ]
}
STREAM_OPTIONS: Schema = {"type": ["object", "null"], "properties": {"include_usage": FLAG}}


def body(fields: Mapping[str, Schema], *required: str) -> Schema:
    """The schema of a request; fields that it does not name are passed on too."""
    return {"type": "object", "properties": dict(fields), "required": list(required), "additionalProperties": True}
