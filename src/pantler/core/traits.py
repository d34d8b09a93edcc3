"""What may be known of a query's text before any model is asked."""

from typing import Any

import msgspec


class Traits(msgspec.Struct, frozen=True, gc=False):
    """Hashed words, counts of its surface and a vector, as arrays; no text.

    `words` are the places of its words and pairs of words in a table, each once; `surface` float32, as
    `texts.surface` orders it; `vector` float32 of length 1, or 0 where the text holds nothing.
    """

    words: Any
    surface: Any
    vector: Any
