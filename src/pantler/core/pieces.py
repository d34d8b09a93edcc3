"""Values of any size as msgpack in bounded pieces, so that no second copy of them is ever whole in memory.

What may grow long is given as `Many`, whose values are made and encoded one by one, or as bytes, which are sliced.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

PIECE_BYTES: Final = 256 << 10
FEW: Final = 64  # values of a container that is taken apart; a longer one is encoded whole
BYTES, LIST, MAP = b"\xc6", b"\xdd", b"\xdf"  # as msgpack marks those whose length follows in four bytes


class Many:
    """A long list: what `make` makes of each of the sources, as it is when its turn comes."""

    __slots__ = ("_make", "_sources")

    def __init__(self, make: Callable[[Any], Any], sources: Sequence[Any]) -> None:
        self._make = make
        self._sources = sources

    def __len__(self) -> int:
        return len(self._sources)

    def __iter__(self) -> Iterator[Any]:
        return map(self._make, self._sources)


_encode: Final = msgspec.msgpack.Encoder(enc_hook=list).encode  # a `Many` within a container that is encoded whole


def pieces(value: Any) -> Iterator[bytearray]:
    """The value as msgpack; the pieces joined are the whole."""
    piece = bytearray()
    for part in _parts(value):
        piece += part
        if len(piece) >= PIECE_BYTES:
            yield piece
            piece = bytearray()
    if piece:
        yield piece


def _parts(value: Any) -> Iterator[bytes | memoryview]:
    match value:
        case Many():
            yield _head(LIST, value)
            yield from map(_encode, value)
        case bytes() | bytearray() | memoryview():
            yield _head(BYTES, value)
            whole = memoryview(value)
            yield from (whole[start : start + PIECE_BYTES] for start in range(0, len(whole), PIECE_BYTES))
        case msgspec.Struct() if not value.__struct_config__.array_like:
            yield from _parts({name: getattr(value, name) for name in value.__struct_fields__})
        case list() | tuple() if len(value) <= FEW:
            yield _head(LIST, value)
            for each in value:
                yield from _parts(each)
        case dict() if len(value) <= FEW:
            yield _head(MAP, value)
            for name, each in value.items():
                yield _encode(name)
                yield from _parts(each)
        case _:
            yield _encode(value)


def _head(mark: bytes, value: Any) -> bytes:
    return mark + len(value).to_bytes(4)
