"""Any upstream that speaks as OpenAI does: OpenAI, vLLM, Ollama, llama.cpp, TensorZero."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ProviderError
from pantler.core.sse import DONE, Decoder
from pantler.providers._answers import Ending, names_in
from pantler.providers._bodies import limited, streamed_body
from pantler.providers._http import Http
from pantler.providers._whole import PATHS, Whole


class OpenAI(Whole):
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
        http = Http(endpoint, headers=headers or {}, max_answer_bytes=max_answer_bytes, clock=clock)
        super().__init__(endpoint, http)

    async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        body = streamed_body(limited(ask, self.endpoint.max_tokens_out), self.model(ask))
        async with self.http.streamed(PATHS[ask.operation], body, ask) as answering:
            decoder, ending = Decoder(), Ending(self.endpoint)
            while chunk := await answering.chunk():
                for piece in decoder.feed(chunk):
                    if piece == DONE:
                        self._demand(ending.reached)
                        return
                    ending.take(piece)
                    yield piece
            self._demand(ending.reached and answering.is_framed)

    async def names(self, deadline: float) -> list[str]:
        body = await self.http.whole("models", b"", Ask("models", "", {}, deadline))
        return names_in(self.endpoint, body)

    async def close(self) -> None:
        await self.http.close()

    def _demand(self, complete: bool) -> None:
        if not complete:
            raise ProviderError(f"{self.endpoint.name}: the stream ended before the answer did", kind="cut")
