"""LiteLLM keeps the connections of a loop for ever; a test that made some puts them away."""

import gc
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


@asynccontextmanager
async def put_away() -> AsyncGenerator[None, None]:
    """Around the use of LiteLLM; its own warnings are passed over until the test ends."""
    import litellm

    warnings.simplefilter("ignore")
    try:
        yield
    finally:
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()
        gc.collect()
