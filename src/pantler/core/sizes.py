"""What a stored answer occupies in memory."""

from typing import Final

BESIDE_BYTES: Final = 1536  # an entry's other fields, its item, what a hit serves, and their places in tables: measured
PIECE_BYTES: Final = 40  # what a bytes object takes beyond its bytes


def bytes_of(body: bytes, pieces: tuple[bytes, ...]) -> int:
    """The bytes of an answer and of its pieces, and all that is kept beside them."""
    size = len(body) + BESIDE_BYTES
    for piece in pieces:
        size += len(piece) + PIECE_BYTES
    return size
