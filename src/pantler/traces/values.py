"""Single values of a log record as numbers."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple, TypeAlias

import msgspec

Record: TypeAlias = Mapping[str, Any]  # whatever JSON holds

_INTEGER = re.compile(r"0|-?[1-9]\d{0,19}")
_ALL_BITS = 2**64 - 1


class Values(NamedTuple):
    """What one record says; None, NaN or no costs where it does not."""

    key: int | None = None
    size: float = math.nan
    costs: tuple[float, ...] = ()
    time: float = math.nan
    tokens_in: float = math.nan
    tokens_out: float = math.nan


Read: TypeAlias = Callable[[Record], Values]


class Unusable(ValueError):
    """A record that cannot be a request, with the reason."""


def key_of(value: Any) -> int | None:
    """64 bits for any JSON value: an integer of 64 bits is its own key, also as text, anything else its blake2b hash.

    The hash is of the JSON with sorted names, so that equal content has one key however it was written.
    """
    if value in (None, "", {}, []):
        return None
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and -(2**63) <= value <= _ALL_BITS:
        return value & _ALL_BITS
    return hashed(msgspec.json.encode(value, order="sorted"))


def hashed(content: bytes) -> int:
    """The 64-bit blake2b of `content`."""
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big")


def number(value: Any) -> float:
    """The value as a float, NaN where it is none."""
    try:
        return math.nan if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def seconds(value: Any) -> float:
    """A number of seconds, or an ISO 8601 time as seconds since 1970, taken as UTC where it names no zone."""
    if not isinstance(value, str | datetime):
        return number(value)
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        return number(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def found(record: Record, path: str) -> Any:
    """The value under a column's name, or under a dotted path into nested objects; None where there is none."""
    if path in record:
        return record[path]
    value: Any = record
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def as_json(value: Any) -> Any:
    """The value, decoded where it is the text of a JSON object or array, as CSV exports hold them."""
    if not (isinstance(value, str) and value[:1] in ("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return value
