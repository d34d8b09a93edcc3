"""What a client asks of the cache, in headers beside its request.

`Cache-Control` as in RFC 9111, 5.2.1: no-store, no-cache, max-age, only-if-cached; what else it may say changes nothing
here. `x-pantler-ttl` gives the seconds that the answer may be kept, `x-pantler-tags` the names by which it is purged.
"""

import re

import msgspec

from pantler.gateway.parsing import fault
from pantler.gateway.wire import Fault

MOST_TAGS = 16
TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
SECONDS = re.compile(r"[0-9]+")
MOST_SECONDS = 9_999_999_999.0  # three hundred years; what is more is read as that (RFC 9111, 1.2.2)


class CacheControl(msgspec.Struct, frozen=True, gc=False):
    """What the cache may do for one request.

    `looks` is whether a stored answer may be served, and only one that is at most `max_age_seconds` old; `keeps`
    whether the new answer may be stored, for `ttl_seconds` at most and under `tags`; `calls` whether a model may be
    asked where nothing is stored.
    """

    looks: bool = True
    keeps: bool = True
    calls: bool = True
    max_age_seconds: float | None = None
    ttl_seconds: float | None = None
    tags: tuple[str, ...] = ()


SILENT = CacheControl()  # what a request without such headers asks


def read(cache_control: bytes = b"", ttl: bytes = b"", tags: bytes = b"") -> CacheControl | Fault:
    """What the values of the three headers ask together, each empty where it was not sent."""
    if not (cache_control or ttl or tags):
        return SILENT
    seconds = _ttl(ttl.decode("latin-1").strip())
    if isinstance(seconds, Fault):
        return seconds
    names = _tags(tags.decode("latin-1"))
    if isinstance(names, Fault):
        return names
    said = dict(map(_directive, cache_control.decode("latin-1").lower().split(",")))
    age = _age(said["max-age"]) if "max-age" in said else None
    if isinstance(age, Fault):
        return age
    return CacheControl(
        looks="no-store" not in said and "no-cache" not in said,
        keeps="no-store" not in said and seconds != 0,
        calls="only-if-cached" not in said,
        max_age_seconds=age,
        ttl_seconds=seconds,
        tags=names,
    )


def _directive(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip().strip('"')


def _age(value: str) -> float | Fault:
    if not SECONDS.fullmatch(value):
        return fault("invalid_max_age", "Cache-Control: max-age must be a whole number of seconds, such as max-age=60")
    return _seconds(value)


def _ttl(value: str) -> float | Fault | None:
    if not value:
        return None
    if not SECONDS.fullmatch(value):
        return fault("invalid_ttl", "x-pantler-ttl must be a whole number of seconds, such as 3600")
    return _seconds(value)


def _seconds(digits: str) -> float:
    significant = digits.lstrip("0")
    return MOST_SECONDS if len(significant) > 10 else float(significant or 0)


def _tags(value: str) -> tuple[str, ...] | Fault:
    names = tuple(dict.fromkeys(name for part in value.split(",") if (name := part.strip())))
    if len(names) > MOST_TAGS or not all(map(TAG.fullmatch, names)):
        return fault(
            "invalid_tags",
            f"x-pantler-tags must be at most {MOST_TAGS} names with commas between, each of up to 64 letters, digits"
            " and . _ : / -, beginning with a letter or a digit",
        )
    return names
