"""How long something takes in work of the loop alone: a process that is held for a second is no later for it."""

import asyncio
import time
from collections.abc import Callable

PROMPT_SECONDS = 0.25  # within which an upstream that nobody waits for is let go
PATIENCE = 30.0


async def turned(holds: Callable[[], object]) -> float:
    """CPU seconds of this thread until it holds, in which the loop turns and never rests, so that a wait costs them."""
    begun = time.thread_time()
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0)
    return time.thread_time() - begun
