"""A body's JSON as a dictionary, or what is wrong with it; no body can do harm."""

import re
from codecs import BOM_UTF8
from math import isfinite
from typing import Any, Final

import msgspec

from pantler.gateway.wire import MOST_DEPTH, Fault

MOST_BRACKETS: Final = 200_000  # pairs; beyond them the time that reading takes could be felt by others
STRINGS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)  # one never closed ends with the body
ALL_BUT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
SQUARE: Final = bytes.maketrans(b"{}", b"[]")
MALFORMED: Final = "JSON is malformed: "  # which has been said by then
LOW: Final = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
HIGH: Final = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
HALF: Final = re.compile(HIGH + b"(?!" + LOW + b")|(?<!" + HIGH + b")" + LOW)  # of a pair of surrogates

_decode: Final = msgspec.json.Decoder().decode


def parse(body: bytes, most_depth: int = MOST_DEPTH) -> dict[str, Any] | Fault:
    """The object that a body holds. Of a name that is given twice the last value counts, here and for the upstream."""
    if not body:
        return fault("empty_body", "the request has no body; send a JSON object")
    if _more_than(most_depth // 2, b"[", body) or _more_than(most_depth // 2, b"{", body):
        found = _entangled(body, most_depth)
        if found is not None:
            return found
    try:
        value = _value(body)
    except UnicodeDecodeError:
        return fault(
            "invalid_json", "the body is not valid JSON: it holds bytes that are not UTF-8; encode it as UTF-8"
        )
    except (msgspec.DecodeError, RecursionError) as error:
        return fault("invalid_json", f"the body is not valid JSON: {_said(error, body)}")
    if not isinstance(value, dict):
        return fault("not_an_object", 'the body must be a JSON object, such as {"model": "..."}')
    return value


def _value(body: bytes) -> Any:
    """What a body holds; a number that no float holds stays as it is spelled, for the upstream to judge."""
    try:
        return _decode(body)
    except msgspec.ValidationError:
        return msgspec.json.Decoder(float_hook=_number).decode(body)


def _number(spelled: str) -> float | msgspec.Raw:
    number = float(spelled)
    return number if isfinite(number) else msgspec.Raw(spelled.encode())


def _said(error: Exception, body: bytes) -> str:
    """What the decoder says, with what to do; it takes half of a pair of surrogates for an end that came too early."""
    if body.startswith(BOM_UTF8):
        return "it begins with a byte order mark; send UTF-8 without one"
    said = str(error)
    half = HALF.search(body) if "truncated" in said or "surrogate" in said else None
    if half is not None:
        return f"it holds {half[0].decode()}, half of a surrogate pair; send whole characters"
    if "truncated" in said:
        return "it ends too early; send the whole of it"
    if "out of range" in said:
        return "it holds a whole number of thousands of digits; send a smaller one, or text"
    return f"{said.removeprefix(MALFORMED)}; write it by a JSON library, not by hand"


def _more_than(most: int, bracket: bytes, body: bytes) -> bool:
    """Whether a bracket occurs more often, of which most bodies have few: found in a tenth of the time of `count`."""
    at = -1
    for _ in range(most + 1):
        at = body.find(bracket, at + 1)
        if at < 0:
            return False
    return True


def _entangled(body: bytes, most_depth: int) -> Fault | None:
    """What is wrong with the nesting, found without recursion: each pass takes the innermost brackets away."""
    brackets = STRINGS.sub(b"", body).translate(SQUARE, ALL_BUT_BRACKETS)
    if len(brackets) > 2 * MOST_BRACKETS:
        return fault("too_many_values", f"the body holds more than {MOST_BRACKETS} arrays and objects; split it")
    for _ in range(most_depth):
        if not brackets:
            return None
        brackets = brackets.replace(b"[]", b"")
    return fault("nested_too_deep", f"the body nests deeper than {most_depth} levels; flatten it") if brackets else None


def fault(code: str, message: str, param: str | None = None) -> Fault:
    """A fault of the client's, as every wire words it."""
    return Fault(400, code, message, param=param)
