"""A streamed answer of an upstream, tried again only until its first piece."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pantler.core.asks import Ask
from pantler.core.errors import ProviderError
from pantler.live.upstream import Timing, Try, Upstream


async def pieces(upstream: Upstream, ask: Ask, timing: Timing) -> AsyncGenerator[bytes, None]:
    """The pieces of a streamed answer as they come; whoever takes them closes the iterator."""
    begun = upstream.clock()
    try:
        while True:
            try:
                if not upstream.turns.taken():
                    timing.queued_seconds += await upstream.turns.wait(ask.deadline)
                with Try(upstream, ask, timing):
                    async with aclosing(upstream.provider.pieces(ask)) as stream:
                        async for piece in stream:
                            if timing.first_byte_seconds is None:
                                timing.first_byte_seconds = upstream.clock() - begun
                            yield piece
                return
            except ProviderError as error:
                pause = upstream.pause(error, ask, timing)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
    finally:
        timing.total_seconds = upstream.clock() - begun
