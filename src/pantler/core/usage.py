"""The tokens that an answer says it took, in OpenAI's shape, and a stand-in where it does not say."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pantler.core.cost import Tokens
from pantler.core.errors import ProviderError
from pantler.core.seen import seen_of
from pantler.core.usage_shapes import Answer, Details, Usage, Written

BYTES_PER_TOKEN: Final = 4  # of English text, by the common rule of thumb
TOKENS_OUT: Final = 256  # of an answer, before any was seen; what it really takes is learned from the calls

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # what reading any bytes may raise


class Told:
    """What an upstream says: the tokens, None where it says nothing of them; its service tier or "".

    `is_half` is True where it says how many it read and not how many it wrote, which then count as none.
    """

    __slots__ = ("is_half", "tier", "tokens")

    def __init__(self, tokens: Tokens | None, tier: str, *, is_half: bool = False) -> None:
        self.tokens = tokens
        self.tier = tier
        self.is_half = is_half


_decoder: Final = msgspec.json.Decoder(Answer)
_written: Final = msgspec.json.Decoder(Written)
_nothing: Final = Details()


def told(answer: bytes) -> Told:
    """What a whole answer or a piece says.

    Raises ProviderError where what it says cannot be: not a number, negative, no JSON at all.
    """
    seen = seen_of(answer)
    if seen is not None:
        return _told(seen.usage, seen.tier, answer)
    try:
        said = _decoder.decode(answer)
    except UNREADABLE as error:
        raise ProviderError(f"the upstream's usage cannot be read: {error}", kind="garbage", body=answer) from error
    return _told(said.usage, said.service_tier if isinstance(said.service_tier, str) else "", answer)


def _told(usage: Usage | None, tier: str, answer: bytes) -> Told:
    if usage is None or usage.prompt_tokens is None:
        return Told(None, tier)
    written = _written_of(usage, usage.prompt_tokens)
    tokens = _tokens(usage, usage.prompt_tokens, written or 0)
    if tokens is None:
        raise ProviderError("the upstream's usage cannot be read: half a token", kind="garbage", body=answer)
    return Told(tokens, tier, is_half=written is None)


def usage_of(answer: bytes) -> Tokens | None:
    """What `told` says of the tokens."""
    return told(answer).tokens


def asked_tier(body: Mapping[str, Any]) -> str:
    """The service tier that a client asks for, empty where it leaves that to the upstream."""
    tier = body.get("service_tier")
    return tier if isinstance(tier, str) else ""


def written_tokens(answer: bytes) -> int:
    """About how many tokens a model wrote for a whole answer: of its words and calls, not of what is around them."""
    try:
        choices = _written.decode(answer).choices
    except UNREADABLE:
        return tokens_of_bytes(len(answer))
    said = [(each.text, each.message.content or "", each.message.reasoning_content or "") for each in choices]
    calls = sum(len(bytes(each.message.tool_calls)) for each in choices)
    return tokens_of_bytes(calls + sum(len(text.encode()) for texts in said for text in texts))


def estimate(body: dict[str, Any], tokens_out: int) -> Tokens:
    """A stand-in where nothing was said: the tokens in by the bytes of the ask."""
    return Tokens(tokens_of_bytes(len(msgspec.json.encode(body))), tokens_out)


def tokens_of_bytes(size_bytes: int) -> int:
    """About how many tokens so many bytes are, rounded up."""
    return -(-size_bytes // BYTES_PER_TOKEN)


def _written_of(said: Usage, tokens_in: float) -> float | None:
    """The tokens out, as they are named or as what is left of all, of which embeddings name no others."""
    if said.completion_tokens is not None:
        return said.completion_tokens
    return None if said.total_tokens is None else max(0, said.total_tokens - tokens_in)


def _tokens(said: Usage, tokens_in: float, tokens_out: float) -> Tokens | None:
    """None where any of them is no whole number."""
    if said.prompt_tokens_details is None and said.completion_tokens_details is None:  # as most have it
        read_in, wrote = int(tokens_in), int(tokens_out)
        return Tokens(read_in, wrote) if read_in == tokens_in and wrote == tokens_out else None
    read, written = said.prompt_tokens_details or _nothing, said.completion_tokens_details or _nothing
    cached_in = min(read.cached_tokens or 0, tokens_in)
    taken_in = min(read.cache_write_tokens or 0, tokens_in - cached_in)
    lasting = read.cache_creation_token_details
    for_an_hour = 0 if lasting is None else min(lasting.ephemeral_1h_input_tokens or 0, taken_in)
    reasoning = min(written.reasoning_tokens or 0, tokens_out)
    counts = (tokens_in, tokens_out, cached_in, taken_in - for_an_hour, for_an_hour, reasoning)  # all that Tokens has
    whole = [*map(int, counts)]
    return Tokens(*whole) if sum(whole) == sum(counts) else None
