"""Rules that need no model: whole, not refused, of a sane length, and JSON of the shape that was asked.

An answer that keeps every rule scores 1, any other 0, with the rule that it broke.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import msgspec

from pantler.core.answers import Said, said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ConfigError, MissingExtra
from pantler.core.refusing import REFUSALS, plain

SCHEMAS_KEPT = 256

Valid = Callable[[Any], bool]


class Rules:
    """`refusals` are patterns that no answer may match, whatever the case of its letters; lengths are in characters."""

    def __init__(
        self, *, refusals: Sequence[str] = REFUSALS, least_characters: int = 1, most_characters: int | None = None
    ) -> None:
        if find_spec("jsonschema_rs") is None:
            raise MissingExtra("the judge 'rules'", "gateway")
        try:
            self._refusals = [re.compile(pattern, re.IGNORECASE) for pattern in refusals]
        except re.error as error:
            raise ConfigError(
                f"judge 'rules', refusals: {error.pattern!r} is no regular expression: {error}"
            ) from error
        self._least = least_characters
        self._most = most_characters

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        said = said_in(answers[-1])
        broken = next((rule for each in said if (rule := self._broken(ask, each))), "" if said else "no answer")
        return Opinion(0.0, broken) if broken else Opinion(1.0, "keeps every rule")

    def _broken(self, ask: Ask, said: Said) -> str:
        """The rule that a choice breaks; empty where it breaks none."""
        if said.finish_reason in {"length", "content_filter"}:
            return "cut short" if said.finish_reason == "length" else "filtered"
        if said.refusal:
            return "refused"
        if said.calls:
            return "" if all(_is_json(arguments) for _, arguments in said.calls) else "calls a tool with no JSON"
        return self._broken_by_text(said.text.strip()) or _broken_by_form(ask.body.get("response_format"), said.text)

    def _broken_by_text(self, text: str) -> str:
        if len(text) < self._least:
            return "too short"
        if self._most is not None and len(text) > self._most:
            return "too long"
        return "refuses" if any(pattern.search(plain(text)) for pattern in self._refusals) else ""


def _broken_by_form(form: Any, text: str) -> str:
    """Against `response_format`, as OpenAI has it."""
    kind = form.get("type") if isinstance(form, dict) else None
    if kind not in {"json_object", "json_schema"}:
        return ""
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
    valid = _validator(msgspec.json.encode(wanted))
    if valid is None:
        return "a schema that cannot be used"
    return "" if valid(value) else "breaks the schema"


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


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
