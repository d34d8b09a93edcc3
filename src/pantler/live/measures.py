"""What a value's cost, size or lifetime may be taken to be, where it is not plainly a number."""

from collections.abc import Callable
from operator import index
from typing import Any

from pantler.core.capacity import PAST_COUNTING
from pantler.core.errors import ConfigError


def checked_measure(name: str, measure: Callable[..., object] | None) -> None:
    """Raise ConfigError for a measure of values that is neither a function nor left out."""
    if not (measure is None or callable(measure)):
        raise ConfigError(f"{name}={measure!r}: no function of a value; for one that is fixed: lambda value: 1")


def cost_of(given: Any) -> float:
    """What was given as a cost, as a number of 0 or more. Raises ConfigError where it is none."""
    cost = _number(given)
    if cost is None or not 0.0 <= cost < float("inf"):
        raise ConfigError(f"a value's cost is a number of 0 or more, not {given!r}; see what `cost` returns for it")
    return cost


def size_of(given: Any) -> int:
    """What was given as a size, as bytes from 1; a size past counting is larger than any cache. Raises as `cost_of`."""
    try:
        size = index(given)
    except TypeError:
        size = -1
    if size < 0:
        raise ConfigError(f"a value's size is a whole number of bytes, not {given!r}; see what `size` returns for it")
    return max(1, min(size, PAST_COUNTING))


def lifetime_of(given: Any) -> float | None:
    """What was given as a lifetime, None for one without an end. Raises ConfigError where it is no time to come."""
    seconds = None if given is None else _number(given)
    if given is not None and not (seconds is not None and seconds > 0.0):
        raise ConfigError(f"ttl_seconds={given!r}: no lifetime; give seconds above 0, or None for no end")
    return seconds


def _number(given: Any) -> float | None:
    """A real number as a float; text is none, though it may spell one."""
    if isinstance(given, str | bytes | bytearray):
        return None
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError):
        return None
