"""What outlives a request, and a reload: the engine with its cache, the store behind it, the ledger."""

from pathlib import Path

from pantler import build
from pantler.config.values import Cache as CacheTable
from pantler.core.cache import Cache
from pantler.core.capacity import parse_bytes
from pantler.core.engine import Engine
from pantler.core.seams import Multiplexer, Store
from pantler.ledgers.rows import Rows
from pantler.stores.memory import Memory
from pantler.stores.sqlite import SQLite

LOW_BITS = (1 << 64) - 1


class Keeping:
    """Opens what `cache` says; `folder` is for what must outlive a restart, `secret` keys all digests."""

    def __init__(self, cache: CacheTable, multiplexer: Multiplexer, folder: Path, secret: bytes) -> None:
        self.secret = secret
        policy = build.policy(cache.policy, hashed=low_bits)
        self.engine = Engine(Cache(policy, parse_bytes(cache.capacity)), multiplexer)
        self.store: Store = (
            SQLite(Path(cache.path), secret=secret, durability=cache.durability) if cache.path else Memory()
        )
        self.rows = Rows(folder, durability=cache.durability)

    def open(self) -> None:
        """Begin to write the ledger."""
        self.rows.open()

    async def close(self) -> None:
        """Write what is still to be written."""
        await self.rows.close()
        await self.store.close()


def low_bits(key: int) -> int:
    """A query's key as 64 bits: it is a digest already."""
    return key & LOW_BITS
