"""Any upstream that speaks as OpenAI does: OpenAI, vLLM, Ollama, llama.cpp, TensorZero."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ProviderError
from pantler.core.sse import DONE, Decoder
from pantler.providers._answers import Ending, check_whole, names_in
from pantler.providers._bodies import limited, streamed_body, whole_body
from pantler.providers._http import Http

PATHS = {"chat": "chat/completions", "completion": "completions", "embedding": "embeddings"}


class OpenAI:
    """Asks one model; the first byte of a stream is passed on as it comes.

    `headers` go with every call. More than `max_answer_bytes` of one answer is not read.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        headers: Mapping[str, str] | None = None,
        max_answer_bytes: int = 32 << 20,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._http = Http(endpoint, headers=headers or {}, max_answer_bytes=max_answer_bytes, clock=clock)

    async def whole(self, ask: Ask) -> bytes:
        body = await self._http.whole(
            PATHS[ask.operation], whole_body(limited(ask, self._endpoint.max_tokens_out), self._model(ask)), ask
        )
        check_whole(self._endpoint, ask.operation, body)
        return body

    async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        body = streamed_body(limited(ask, self._endpoint.max_tokens_out), self._model(ask))
        async with self._http.streamed(PATHS[ask.operation], body, ask) as answering:
            decoder, ending = Decoder(), Ending(self._endpoint)
            while chunk := await answering.chunk():
                for piece in decoder.feed(chunk):
                    if piece == DONE:
                        self._demand(ending.reached)
                        return
                    ending.take(piece)
                    yield piece
            self._demand(ending.reached and answering.is_framed)

    async def names(self, deadline: float) -> list[str]:
        body = await self._http.whole("models", b"", Ask("models", "", {}, deadline))
        return names_in(self._endpoint, body)

    async def close(self) -> None:
        await self._http.close()

    def _demand(self, complete: bool) -> None:
        if not complete:
            raise ProviderError(f"{self._endpoint.name}: the stream ended before the answer did", kind="cut")

    def _model(self, ask: Ask) -> str:
        return self._endpoint.upstream_model or ask.model
