"""How large a cache is, as people write it."""

import re
from math import inf

from pantler.core.errors import CapacityError

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_WITH_UNIT = "a number with B, KB, MB, GB, KiB, MiB or GiB"
_BYTES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*")
_SHARE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")
_LONG = 30  # letters, past which a whole number is past counting
_PLAIN = re.compile(r"\s*\d+\s*")
PAST_COUNTING = 2**62
"""What no sum of sizes may reach, so that machine integers hold it."""


def parse_bytes(text: str) -> int:
    """Bytes in a capacity such as "64MB" (10^6), "64MiB" (2^20) or "512B".

    Raises CapacityError for anything else.
    """
    match = _BYTES.fullmatch(text)
    unit = UNITS.get(match[2].upper()) if match else None
    if match is None or unit is None:
        raise CapacityError(f"a capacity of {text!r} cannot be read; write {_WITH_UNIT}")
    return positive(float(match[1]) * unit, text)


def parse_capacity(capacity: object) -> int:
    """Items for an integer, bytes for a string with a unit.

    Raises CapacityError for anything else.
    """
    if isinstance(capacity, str):
        return parse_bytes(capacity)
    if not isinstance(capacity, int) or isinstance(capacity, bool):
        raise CapacityError(f"a capacity of {capacity!r} is no number of items; write a whole one, or text as '64MB'")
    return positive(capacity, capacity)


def parse_share(text: object, *, footprint: int) -> int:
    """Bytes in a capacity such as "2%" of a trace's footprint, "64MB", or plain bytes "1000".

    Raises CapacityError for anything else.
    """
    if not isinstance(text, str):
        raise CapacityError(
            f"a capacity of {text!r} is no text; write '2%' of the footprint, '64MB', or bytes as '1000'"
        )
    match = _SHARE.fullmatch(text)
    if match and float(match[1]) * footprint < 100:
        raise CapacityError(
            f"a capacity of {text!r} holds nothing: all answers together take {footprint:,} bytes; give a larger share"
        )
    if match:
        return positive(footprint * float(match[1]) / 100, text)
    if _PLAIN.fullmatch(text):
        return positive(int(text) if len(text) < _LONG else inf, text)
    if not _BYTES.fullmatch(text):
        raise CapacityError(f"a capacity of {text!r} cannot be read; write a share such as 2%, or {_WITH_UNIT}")
    return parse_bytes(text)


def positive(capacity: float, given: int | str) -> int:
    """The capacity itself in whole bytes or items, if a cache can have it."""
    if capacity >= PAST_COUNTING:
        raise CapacityError("a capacity of 2**62 is past counting; give less, and of a trace 100% keeps everything")
    if capacity < 1:
        raise CapacityError(f"a capacity of {given!r} holds nothing; give at least one item or byte")
    return int(capacity)
