"""All traits of a text at once."""

from collections.abc import Sequence

from pantler.core.edges import Embedder
from pantler.core.traits import Traits
from pantler.texts.surface import surface
from pantler.texts.words import within, words


class Reading:
    """Reads texts by an embedder; what it takes is computed, so never on the event loop."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def one(self, text: str) -> Traits:
        """The traits of one text."""
        return Traits(words(text), surface(text), self.embedder.embed([within(text)])[0])

    def many(self, texts: Sequence[str]) -> list[Traits]:
        """The traits of each text, embedded together."""
        vectors = self.embedder.embed([within(text) for text in texts])
        return [Traits(words(text), surface(text), vector) for text, vector in zip(texts, vectors, strict=True)]
