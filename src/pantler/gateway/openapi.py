"""What the data listener serves, as an OpenAPI document made from the wires."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec

from pantler.gateway.answers import Answers
from pantler.gateway.exchange import Exchange
from pantler.gateway.replies import JSON, reply
from pantler.gateway.schemas import ANYTHING, Schema
from pantler.gateway.wire import Wire

PATH = "/openapi.json"
VERSION = "3.1.0"
MARKS = {
    "x-pantler-cache": "hit, alias, semantic, miss, bypass, coalesced or stale",
    "x-pantler-decision": "the id by which feedback refers to this answer",
    "x-pantler-model": "the model that answered",
    "x-pantler-age": "seconds since the answer was stored",
    "x-pantler-cost": "US dollars that this request cost; unpriced, or unsettled while that is not known",
    "x-pantler-saved": "US dollars that it saved against the reference model without a cache; unpriced, or unsettled",
}
ASKED = {
    "cache-control": ("no-store, no-cache, max-age=SECONDS, only-if-cached", {"type": "string"}),
    "x-pantler-ttl": ("seconds for which the answer may be kept", {"type": "string", "pattern": "^[0-9]{1,10}$"}),
    "x-pantler-tags": (
        "names by which the answer can be purged, with commas between",
        {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"},
    ),
    "x-pantler-explain": ("1: the response says what was decided, and why", {"enum": ["1"]}),
}
OBJECT: Schema = {"type": "object"}
MODEL: Schema = {
    "type": "object",
    "required": ["id", "object"],
    "properties": {"id": {"type": "string"}, "object": {"const": "model"}},
}
LISTED: Schema = {
    "type": "object",
    "required": ["object", "data"],
    "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": MODEL}},
}
ID: Schema = {"type": "string", "minLength": 1, "maxLength": 100}
FEEDBACK: Schema = {
    "oneOf": [
        {
            "type": "object",
            "required": ["decision_id", said],
            "properties": {"decision_id": ID, said: kind, "comment": {"type": "string"}, "signal": {"type": "string"}},
            "additionalProperties": False,
        }
        for said, kind in (
            ("good", {"type": "boolean"}),
            ("score", {"type": "number", "minimum": 0, "maximum": 1}),
            ("edited", {"type": "string"}),
            ("comment", {"type": "string"}),
        )
    ]
}
ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}

_encode = msgspec.json.Encoder().encode


class Described:
    """Tells whoever may ask `answers` what is served."""

    def __init__(self, answers: Answers, wires: Iterable[Wire]) -> None:
        self._answers = answers
        self._document = document(wires, version("pantler"))

    async def tell(self, exchange: Exchange) -> None:
        """GET /openapi.json."""
        with self._answers.entered(exchange):
            await reply(exchange.send, 200, [JSON, *exchange.all_marks()], self._document)


def document(wires: Iterable[Wire], release: str) -> bytes:
    """The document of pantler's `release`."""
    return _encode(
        {
            "openapi": VERSION,
            "info": {"title": "pantler", "version": release},
            "security": [{"key": []}, {}],
            "components": {
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
                "schemas": {"Error": ERROR},
            },
            "paths": {**{wire.path: {"post": _asked(wire)} for wire in wires}, **_others()},
        }
    )


def _asked(wire: Wire) -> dict[str, Any]:
    content = {"application/json": {"schema": OBJECT}}
    if wire.events is not None:
        content["text/event-stream"] = {"schema": ANYTHING}  # events, whose data is text
    answered = {"description": "the answer", "content": content, "headers": _marks()}
    return {
        "operationId": wire.operation,
        "parameters": [
            {"name": name, "in": "header", "description": what, "schema": schema}
            for name, (what, schema) in ASKED.items()
        ],
        "requestBody": _body(wire.schema),
        "responses": {"200": answered, "default": _failed()},
    }


def _others() -> dict[str, Any]:
    named = {"name": "model", "in": "path", "required": True, "schema": ID}
    return {
        "/v1/models": {"get": _read("models", LISTED)},
        "/v1/models/{model}": {"get": {**_read("model", MODEL), "parameters": [named]}},
        "/v1/feedback": {"post": {**_read("feedback", OBJECT), "requestBody": _body(FEEDBACK)}},
        "/healthz": {"get": _read("alive", OBJECT)},
        "/readyz": {"get": _read("ready", OBJECT)},
        PATH: {"get": _read("openapi", OBJECT)},
    }


def _read(operation: str, schema: Schema) -> dict[str, Any]:
    answered = {"description": "what was asked for", "content": {"application/json": {"schema": schema}}}
    return {"operationId": operation, "responses": {"200": answered, "default": _failed()}}


def _body(schema: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _failed() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": "an error", "content": content}


def _marks() -> dict[str, Any]:
    return {name: {"description": what, "schema": {"type": "string"}} for name, what in MARKS.items()}
