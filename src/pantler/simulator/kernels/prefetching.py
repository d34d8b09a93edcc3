"""The place that `fetch` takes in a kernel until it is compiled."""

from typing import Any


def fetch(array: Any, place: int) -> None:
    """Begin to load `array[place]` into the processor's cache, where compiled."""
