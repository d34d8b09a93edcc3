"""Reads answers without holding the event loop: at once where they are short, in a thread beside it where not."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from pantler.core.asks import Ask
from pantler.texts.forms import names_schema
from pantler.texts.showing import Sign, sign

T = TypeVar("T")
SHORT_BYTES = 4096  # of all answers together, which take 0.3 ms; a thread takes 0.1 ms to be asked


async def seen(ask: Ask, answers: Sequence[bytes]) -> Sign:
    """What the last of the answers shows, beside the earlier ones."""
    return await beside(ask, answers, partial(sign, ask, answers))


async def beside(ask: Ask, answers: Sequence[bytes], read: Callable[[], T]) -> T:
    """What `read` makes of answers to an ask; a schema of the client's makes any answer slow to read."""
    if names_schema(ask.body.get("response_format")) or sum(map(len, answers)) > SHORT_BYTES:
        return await asyncio.to_thread(read)
    return read()
