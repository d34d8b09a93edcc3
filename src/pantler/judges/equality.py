"""Whether two answers are equal: JSON by its values, other texts without their case, articles and punctuation.

Meant for short answers and for JSON. Where the request has a schema, what it does not require may be absent or null,
and a short list of unique things may come in any order. Numbers are equal by value, texts inside JSON as other texts
are. What is no punctuation stays: C++ is neither C# nor C, and < is not >.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import msgspec

from pantler.core.answers import Said, said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.normal import normal

ABSENT = object()
MOST_IN_ANY_ORDER = 200  # of a list, each of which is held against each
SIGNS = re.compile(r"(?<=\w)#|(?<=\w)-(?![\w-])|(?<!\w)!(?=\w)|(?<=\d)/(?=\d)|&&|[^\w\s.,;:'\"()\[\]{}?*_`#!&/-]")
MEANING = frozenset(("Sm", "Sc"))  # categories: of mathematics, of currencies
Schema = dict[str, Any]


class Equality:
    """Scores 1 where the last answer equals the one before it, else 0."""

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        before, last = (said_in(answer) for answer in [b"", *answers][-2:])
        if not last or len(before) != len(last):
            return Opinion(0.0, "says nothing, or has nothing beside it")
        schema = _schema(ask.body.get("response_format"))
        try:
            is_equal = all(_equal(one, other, schema) for one, other in zip(before, last, strict=True))
        except RecursionError:
            return Opinion(0.0, "nested too deeply")
        return Opinion(1.0, "equal") if is_equal else Opinion(0.0, "not equal")


def _equal(one: Said, other: Said, schema: Schema) -> bool:
    values = _json(one.text), _json(other.text)
    if not (one.calls or other.calls) and all(isinstance(value, dict | list) for value in values):
        return _same(*values, schema)
    return one.calls == other.calls if one.calls or other.calls else _says_the_same(one.text, other.text)


def _says_the_same(one: str, other: str) -> bool:
    normals = normal(one), normal(other)
    if not any(normals):
        return one.strip() == other.strip()  # signs are all there is
    return normals[0] == normals[1] and _signs(one) == _signs(other)


def _signs(text: str) -> list[str]:
    """What stands between the words that is no punctuation."""
    signs = SIGNS.findall(unicodedata.normalize("NFKC", text))
    return [sign for sign in signs if len(sign) > 1 or sign in "#-!/%^" or unicodedata.category(sign) in MEANING]


def _json(text: str) -> Any:
    """The value that a text writes, ABSENT where it is no JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return ABSENT


def _schema(form: Any) -> Schema:
    """The schema of a `response_format`, empty where there is none."""
    inner = form.get("json_schema") if isinstance(form, dict) else None
    schema = inner.get("schema") if isinstance(inner, dict) else None
    return schema if isinstance(schema, dict) else {}


def _same(one: Any, other: Any, schema: Schema) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return _same_objects(one, other, schema)
    if isinstance(one, list) and isinstance(other, list):
        return _same_lists(one, other, schema)
    if isinstance(one, str) and isinstance(other, str):
        return one == other if "enum" in schema else _says_the_same(one, other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _same_objects(one: dict[str, Any], other: dict[str, Any], schema: Schema) -> bool:
    inner = schema.get("properties")
    properties = inner if isinstance(inner, dict) else {}
    required = schema.get("required")
    optional = properties.keys() - set(required if isinstance(required, list) else ())
    return all(
        _same(
            one.get(name, None if name in optional else ABSENT),
            other.get(name, None if name in optional else ABSENT),
            _inside(properties.get(name)),
        )
        for name in one.keys() | other.keys()
    )


def _same_lists(one: list[Any], other: list[Any], schema: Schema) -> bool:
    if len(one) != len(other):
        return False
    items = _inside(schema.get("items"))
    if schema.get("uniqueItems") is not True or len(one) > MOST_IN_ANY_ORDER:
        return all(_same(*pair, items) for pair in zip(one, other, strict=True))
    left = list(other)
    for each in one:
        place = next((place for place, there in enumerate(left) if _same(each, there, items)), None)
        if place is None:
            return False
        del left[place]
    return True


def _inside(schema: Any) -> Schema:
    return schema if isinstance(schema, dict) else {}
