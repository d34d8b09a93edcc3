"""Whether an answer has the form that was asked for, as OpenAI's `response_format` has it."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Final

import msgspec

SCHEMAS_KEPT: Final = 256

Valid = Callable[[Any], bool]


def asks_for_json(form: Any) -> bool:
    """Whether a `response_format` says what an answer has to look like."""
    return isinstance(form, dict) and form.get("type") in ("json_object", "json_schema")


def names_schema(form: Any) -> bool:
    """Whether a `response_format` has a schema, against which an answer of any length may be slow to hold."""
    return asks_for_json(form) and form["type"] == "json_schema"


def load() -> None:
    """Import what holds values against schemas, if it is there: 0.2 s, which no request should wait for."""
    if find_spec("jsonschema_rs") is not None:
        import jsonschema_rs  # noqa: F401 whoever needs it finds it then


def form_of(body: Mapping[str, Any]) -> str:
    """In which of three forms a request wants its answer: "tools", "json" or "text"."""
    return "tools" if body.get("tools") else "json" if asks_for_json(body.get("response_format")) else "text"


def broken_by_form(form: Any, text: str) -> str:
    """What a text breaks of a `response_format`; empty where it breaks nothing."""
    if not asks_for_json(form):
        return ""
    kind = form["type"]
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return "not JSON"
    if kind == "json_object":
        return "" if isinstance(value, dict) else "no JSON object"
    schema = form.get("json_schema")
    wanted = schema.get("schema") if isinstance(schema, dict) else None
    if wanted is None:
        return ""
    fit = fits(wanted, value)
    return "a schema that cannot be used" if fit is None else "" if fit else "breaks the schema"


def fits(schema: Any, value: Any) -> bool | None:
    """Whether a value is as a JSON Schema has it; None where that is no schema that can be used."""
    valid = _validator(msgspec.json.encode(schema))
    return None if valid is None else valid(value)


@lru_cache(SCHEMAS_KEPT)
def _validator(schema: bytes) -> Valid | None:
    """Schemas are the clients': nothing is fetched for them, and no pattern takes more than linear time."""
    import jsonschema_rs

    options = jsonschema_rs.RegexOptions(size_limit=1 << 20)
    try:
        return jsonschema_rs.validator_for(schema.decode(), retriever=_refuse, pattern_options=options).is_valid
    except ValueError:
        return None


def _refuse(address: str) -> Any:
    raise ValueError(f"a schema may not refer to {address}; only to parts of itself")
