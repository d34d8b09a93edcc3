"""What plans are run with, and what they come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from pantler.core.asks import Opinion
from pantler.core.edges import Judge
from pantler.live.reckoning import Tariff
from pantler.live.upstream import Upstream


@dataclass(frozen=True)
class Means:
    """What plans are run with; `price_of` gives a model's price and its source, `split` a whole answer's pieces."""

    upstreams: Mapping[str, Upstream]
    price_of: Tariff
    judge: Judge | None = None
    fallbacks: Sequence[str] = ()
    split: Callable[[bytes], Sequence[bytes]] = lambda body: (body,)


class Answered(msgspec.Struct, frozen=True, gc=False):
    """What a plan came to: the model with its whole JSON, or its pieces, and what the judge said where it was asked."""

    model: str
    body: bytes = b""
    pieces: tuple[bytes, ...] = ()
    opinion: Opinion | None = None
