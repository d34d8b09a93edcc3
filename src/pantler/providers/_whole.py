"""Answers that come whole from an upstream that speaks as OpenAI does: most calls, and all in it that is compiled."""

from typing import Final

from mypy_extensions import mypyc_attr

from pantler.core.asks import Ask, Endpoint
from pantler.providers._answers import check_whole
from pantler.providers._bodies import limited, whole_body
from pantler.providers._http import Http

PATHS: Final = {"chat": "chat/completions", "completion": "completions", "embedding": "embeddings"}


@mypyc_attr(allow_interpreted_subclasses=True)
class Whole:
    """Asks `endpoint` over `http`."""

    def __init__(self, endpoint: Endpoint, http: Http) -> None:
        self.endpoint = endpoint
        self.http = http

    async def whole(self, ask: Ask) -> bytes:
        """The complete answer, as the JSON that the upstream sent."""
        body = whole_body(limited(ask, self.endpoint.max_tokens_out), self.model(ask))
        answer = await self.http.whole(PATHS[ask.operation], body, ask)
        check_whole(self.endpoint, ask.operation, answer)
        return answer

    def model(self, ask: Ask) -> str:
        """The upstream's own name for the model that is asked."""
        return self.endpoint.upstream_model or ask.model
