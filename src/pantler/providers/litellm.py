"""The hundred upstreams that do not speak as OpenAI does, through the package LiteLLM (extra `litellm`).

Only OpenAI's own fields are handed to it, for others would steer it: a client's body must name no address and no key.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any

import msgspec

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, MissingExtra, ProviderError
from pantler.providers._answers import Ending, check_whole
from pantler.providers._failures import OVERLOADED, TRY_AGAIN, retry_after, without_key

CALLS = {"chat": "acompletion", "completion": "atext_completion", "embedding": "aembedding"}
FIELDS = frozenset(
    {
        "audio",
        "best_of",
        "dimensions",
        "echo",
        "encoding_format",
        "frequency_penalty",
        "function_call",
        "functions",
        "input",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "modalities",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "seed",
        "service_tier",
        "stop",
        "suffix",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "verbosity",
        "web_search_options",
    }
)
SAID = ("message", "type", "param", "code")  # of an upstream's error
WORDS = frozenset({"arguments", "content", "description", "name", "refusal", "text"})  # of a message, which may say all
PLACES = frozenset({"image_url", "url"})
ADDRESS_BEGINS = 64  # characters within which a scheme ends
OWN = frozenset({"model", "stream", "stream_options"})
# They change no answer, and as parameters LiteLLM refuses them for most models, drops them or, `metadata`, goes by them
# itself; so they are written into the body for an upstream that is asked as OpenAI is.
HARMLESS = frozenset({"metadata", "prompt_cache_key", "safety_identifier", "store", "user"})
ASKED_AS_OPENAI = frozenset({"azure", "custom_openai", "mistral", "openai", "openrouter", "text-completion-openai"})


log = logging.getLogger("pantler.providers")


class LiteLLM:
    """`upstream_model` is LiteLLM's name, such as "anthropic/claude-sonnet-4-5"; `base_url` is for those that need one.

    `options` go with every call, as LiteLLM's own parameters.
    """

    def __init__(
        self, endpoint: Endpoint, *, options: dict[str, Any] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if find_spec("litellm") is None:
            raise MissingExtra(f"the model {endpoint.name!r}, which is asked through LiteLLM,", "litellm")
        if not endpoint.upstream_model:
            raise ConfigError(f"model {endpoint.name!r} has no upstream_model; give LiteLLM's name, as provider/model")
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # it would fetch prices, which nobody reads here
        import litellm

        litellm.suppress_debug_info = True
        litellm.telemetry = False
        self._litellm = litellm
        self._as_openai = _asks_as_openai(litellm, endpoint.upstream_model)
        self._endpoint = endpoint
        self._options = options or {}
        self._clock = clock
        if not (endpoint.key or options):
            _warn_of_missing(litellm, endpoint)

    async def whole(self, ask: Ask) -> bytes:
        with self._translated():
            async with asyncio.timeout(self._patience(ask, self._endpoint.first_byte_seconds)):
                answer = await self._call(ask, {})
        body = _json(answer)
        check_whole(self._endpoint, ask.operation, body)
        return body

    async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        ending = Ending(self._endpoint)
        with self._translated():
            async with asyncio.timeout(self._patience(ask, self._endpoint.first_byte_seconds)):
                stream = await self._call(ask, {"stream": True, "stream_options": {"include_usage": True}})
        try:
            while (piece := await self._next(stream, ask)) is not None:
                ending.take(piece)
                yield piece
        finally:
            if hasattr(stream, "aclose"):  # else the upstream goes on writing for a client that has left
                await stream.aclose()
        if not ending.reached:
            raise ProviderError(f"{self._endpoint.name}: the stream ended before the answer did", kind="cut")

    async def close(self) -> None:
        """LiteLLM keeps its connections for itself."""

    async def _next(self, stream: AsyncIterator[Any], ask: Ask) -> bytes | None:
        with self._translated():
            async with asyncio.timeout(self._patience(ask, self._endpoint.between_chunks_seconds)):
                piece = await anext(stream, None)
        return None if piece is None else _json(piece)

    async def _call(self, ask: Ask, streaming: dict[str, Any]) -> Any:
        return await getattr(self._litellm, CALLS[ask.operation])(
            **self._fields(ask),
            **streaming,
            model=self._endpoint.upstream_model,
            api_key=self._endpoint.key or None,
            api_base=self._endpoint.base_url or None,
            num_retries=0,
            max_retries=0,
        )

    def _fields(self, ask: Ask) -> dict[str, Any]:
        refused = _refused(ask.body)
        if refused:
            message = f"{self._endpoint.name} is asked through LiteLLM, which is not given {refused}"
            body = msgspec.json.encode({"error": {"message": message, "type": "invalid_request_error", "code": None}})
            raise ProviderError(message, kind="status", status=400, body=body)
        fields = {name: value for name, value in ask.body.items() if name in FIELDS}
        harmless = {name: ask.body[name] for name in HARMLESS & ask.body.keys()}
        if harmless and self._as_openai:
            return fields | self._options | {"extra_body": harmless | self._options.get("extra_body", {})}
        if "user" in harmless:  # which it translates
            fields["user"] = harmless["user"]
        return fields | self._options

    def _patience(self, ask: Ask, seconds: float) -> float:
        return min(seconds, ask.deadline - self._clock())

    @contextmanager
    def _translated(self) -> Any:
        try:
            yield
        except TimeoutError as error:
            raise ProviderError(f"{self._endpoint.name}: nothing came in time", kind="timeout") from error
        except ProviderError:
            raise
        except Exception as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> ProviderError:
        """By the status that LiteLLM gives the exceptions of all upstreams; their text may quote the ask."""
        status = getattr(error, "status_code", None)
        name, kind = self._endpoint.name, type(error).__name__
        if kind == "Timeout":
            return ProviderError(f"{name}: nothing came in time", kind="timeout")
        if kind == "APIConnectionError" or not isinstance(status, int):
            return ProviderError(f"{name} could not be asked ({kind})", kind="refused", may_retry=True)
        if kind == "MidStreamFallbackError":
            return ProviderError(f"{name}: the connection broke within the answer", kind="cut")
        return ProviderError(
            f"{name} answered with status {status} ({kind})",
            kind="overloaded" if status in OVERLOADED else "status",
            status=status,
            body=self._words(error, kind),
            may_retry=status in TRY_AGAIN,
            retry_after_seconds=retry_after(_headers(error)),
        )

    def _words(self, error: Exception, kind: str) -> bytes:
        """What the upstream said to its client, in OpenAI's shape, without our key."""
        said = getattr(error, "body", None)
        own = {name: said.get(name) for name in SAID} if isinstance(said, Mapping) and said.get("message") else None
        told = own or {"message": f"{self._endpoint.name}: {kind}", "type": kind, "param": None, "code": None}
        return without_key(self._endpoint, msgspec.json.encode({"error": told}))


def _headers(error: Exception) -> dict[bytes, bytes]:
    """Those of the upstream's own response, where LiteLLM has kept them."""
    response = getattr(error, "response", None)
    for found in (getattr(error, "litellm_response_headers", None), getattr(response, "headers", None)):
        if isinstance(found, Mapping) and found:
            return {str(name).lower().encode(): str(value).encode() for name, value in found.items()}
    return {}


def _json(answer: Any) -> bytes:
    text: str = answer.model_dump_json(exclude_none=True)
    return text.encode()


def _asks_as_openai(litellm: Any, upstream_model: str) -> bool:
    """Whether LiteLLM writes what it is given into a body of OpenAI's shape."""
    with suppress(Exception):  # what it makes of a name that it does not know, it tells when it is asked
        provider = litellm.get_llm_provider(upstream_model)[1]
        return provider in ASKED_AS_OPENAI or provider in litellm.openai_compatible_providers
    return False


def _warn_of_missing(litellm: Any, endpoint: Endpoint) -> None:
    """What LiteLLM lacks it tells with each call only, as if the upstream had failed, in words that are not logged."""
    missing: list[str] = []
    with suppress(Exception):  # as above
        missing = litellm.validate_environment(endpoint.upstream_model)["missing_keys"]
    if missing:
        log.warning(
            "%s: no key_env is given, and LiteLLM finds nothing in %s; where its upstream wants no key, name a "
            "variable that holds any word in key_env",
            endpoint.name,
            ", ".join(missing),
        )


def _refused(body: dict[str, Any]) -> str:
    """What LiteLLM must not be given, empty where it may have all."""
    unknown = sorted(body.keys() - FIELDS - HARMLESS - OWN)
    if unknown:
        return f"the field {unknown[0]!r}"
    if _names_an_address(body.get("messages")):
        return "a file by its address; send it inline"
    try:
        json.dumps(body)
    except TypeError:  # of a number that is known by its spelling only
        return "a number that no float holds"
    return ""


def _names_an_address(value: Any, name: str = "") -> bool:
    """Whether a message points to a file elsewhere, which LiteLLM would fetch from here."""
    if isinstance(value, dict):
        return any(_names_an_address(inner, key) for key, inner in value.items())
    if isinstance(value, list):
        return any(_names_an_address(inner, name) for inner in value)
    if not isinstance(value, str) or name in WORDS:
        return False
    return "://" in value[:ADDRESS_BEGINS] or (name in PLACES and not value.startswith("data:"))
