"""The protocols of what stands at the edges: whoever asks, hears, keeps, embeds and finds."""

from collections.abc import AsyncGenerator, Hashable, Sequence
from typing import Any, Protocol, runtime_checkable

from pantler.core.asks import Ask, Entry, Opinion
from pantler.core.entries import Name
from pantler.core.types import Key


class Provider(Protocol):
    """Asks a model, somewhere; whatever goes wrong is a ProviderError."""

    async def whole(self, ask: Ask) -> bytes:
        """The complete answer, as the JSON that the upstream sent."""
        ...

    def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        """The JSON of each event of a streamed answer as it comes, the usage event too; a cut stream raises.

        Closing it lets go of the upstream.
        """
        ...

    async def close(self) -> None:
        """Give back connections and processes."""
        ...


@runtime_checkable
class Enumerating(Provider, Protocol):
    """A provider that knows which models may be asked of it."""

    async def names(self, deadline: float) -> list[str]:
        """Their names, by `deadline` in monotonic seconds; ProviderError where they cannot be had."""
        ...


class Judge(Protocol):
    """Says whether an answer will do."""

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        """A score of the last of the answers, each complete JSON, earlier ones beside it; 1 is surely right."""
        ...


@runtime_checkable
class Comparing(Judge, Protocol):
    """The further member of a judge that keeps no answer before it has heard several."""

    fewest: int  # answers


class Store(Protocol):
    """Keeps the bytes of answers: a mirror of the cache, never the truth. Never waits for a disk.

    Every method but `close` returns at once; a slow medium is written behind it.
    """

    def get(self, key: Key) -> Entry | None:
        """What is kept under a key; None where it is missing or damaged."""
        ...

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an answer."""
        ...

    def drop(self, key: Key) -> None:
        """Let go of an answer, if it is there."""
        ...

    def named(self, by: Name, value: str) -> list[Key]:
        """The keys of the answers that bear a tag, a model's or a tenant's name, for a purge."""
        ...

    async def close(self) -> None:
        """Write what is still to be written, then let go of the medium."""
        ...


@runtime_checkable
class Lasting(Protocol):
    """The further methods of a store that outlives the process."""

    def load(self, now: float) -> list[tuple[Key, Entry]]:
        """What was kept before and has not expired, oldest first; called once, before anything else."""
        ...

    async def acked(self) -> None:
        """Return once everything that was put and dropped is committed; StoreError where it cannot be."""
        ...


class Embedder(Protocol):
    """Makes a vector of a text; never on the event loop, for it computes."""

    dimensions: int

    def embed(self, texts: Sequence[str]) -> Any:
        """float32 (n, dimensions), each row of length 1, or 0 where a text holds nothing."""
        ...


class Index(Protocol):
    """Finds the nearest neighbours of a vector among those it keeps."""

    def add(self, key: Hashable, vector: Any) -> None:
        """Keep float32 (dimensions,) under a key, in place of what it had."""
        ...

    def drop(self, key: Hashable) -> bool:
        """Forget a key; whether it was there."""
        ...

    def vector(self, key: Hashable) -> Any:
        """What is kept under a key; KeyError where nothing is."""
        ...

    def search(self, vector: Any, count: int = 1) -> list[tuple[Hashable, float]]:
        """The nearest keys with their dot products, nearest first."""
        ...
