"""What one call of a model took, written down however the call ends."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from msgspec.structs import replace

from pantler.core.asks import Ask
from pantler.core.complaints import complaint
from pantler.core.cost import Price, Tokens, money
from pantler.core.errors import ProviderError
from pantler.core.rows import Asked
from pantler.core.usage import Told, asked_tier, estimate, told, written_tokens
from pantler.live.upstream import Timing

ANSWERED: Final = "answered"
READ: Final = frozenset(
    {ANSWERED, "cancelled", "cut", "timeout"}
)  # outcomes by which the upstream may have read the ask

# A model's price at an upstream's service tier, None where it has none, and the price's source.
Tariff = Callable[[str, str], tuple[Price | None, str]]


class Reckoning:
    """Around one call: leaves an Asked in `asked` when the call ends, with estimated tokens where none were said."""

    def __init__(self, ask: Ask, price_of: Tariff, asked: list[Asked]) -> None:
        self.timing = Timing()
        self._ask = ask
        self._price_of = price_of
        self._asked = asked
        self._tokens: Tokens | None = None
        self._is_half = False  # whether the upstream has not said what it wrote
        self._tier = ""  # as the answer names it
        self._tokens_out = 0  # as far as can be seen, and
        self._untold_out = 0  # since the upstream last said how many there were

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, ProviderError) and error.kind == "garbage" and error.body and not self._tokens_out:
            self._useless(error.body)
        said = complaint(error) if isinstance(error, ProviderError) else ""
        self._asked.append(self._entry(_outcome(error), said))

    def whole(self, body: bytes) -> None:
        """The answer came whole."""
        self._heed(told(body))
        if self._tokens is None or self._is_half:
            self._tokens_out = written_tokens(body)

    def _useless(self, body: bytes) -> None:
        """An answer came that nobody can use: it was written all the same, and is charged for."""
        with suppress(ProviderError):
            self._heed(told(body))
        self._tokens_out = written_tokens(body)

    def piece(self, piece: bytes) -> None:
        """A piece of it came."""
        self._tokens_out += 1  # upstreams send a token or so at a time
        self._untold_out += 1
        if b'"usage"' in piece:
            self._heed(told(piece))

    def _heed(self, said: Told) -> None:
        self._tier = said.tier or self._tier
        if said.tokens is not None:
            self._tokens, self._untold_out = said.tokens, 0
            self._is_half = said.is_half and self._ask.operation != "embedding"  # which writes none

    def _entry(self, outcome: str, said: str) -> Asked:
        tokens, is_estimated = self._reckoned(outcome)
        price, source = self._price_of(self._ask.model, self._tier or asked_tier(self._ask.body))
        timing = self.timing
        return Asked(
            model=self._ask.model,
            tokens=tokens,
            price=price if price is None or not price.tiers else price.at(tokens.tokens_in),
            price_source=source,
            spent=None if price is None else money(price, tokens),
            queued_seconds=timing.queued_seconds,
            first_byte_seconds=timing.first_byte_seconds,
            total_seconds=timing.total_seconds,
            outcome=outcome,
            estimated=is_estimated,
            said=said,
        )

    def _reckoned(self, outcome: str) -> tuple[Tokens, bool]:
        """The tokens, and whether any of them are our estimate: what was not told, or came after the last word."""
        if self._tokens is None:
            return self._stand_in(outcome), True
        if self._is_half:
            return replace(self._tokens, tokens_out=self._tokens_out), True
        if outcome != ANSWERED and self._untold_out:
            return replace(self._tokens, tokens_out=self._tokens.tokens_out + self._untold_out), True
        return self._tokens, False

    def _stand_in(self, outcome: str) -> Tokens:
        if (outcome in READ or self._tokens_out) and self.timing.tries:
            return estimate(self._ask.body, self._tokens_out)
        return Tokens(0, 0)


def _outcome(error: BaseException | None) -> str:
    match error:
        case None:
            return ANSWERED
        case ProviderError():
            return error.kind
        case asyncio.CancelledError():
            return "cancelled"
        case _:
            return "broken"


def spent_on(calls: Iterable[Asked]) -> int | None:
    """Nano-dollars that calls took together; None where one of them has no price."""
    total = 0
    for call in calls:
        if call.spent is None:
            return None
        total += call.spent
    return total
