"""What outlives a request, and a reload: the engine with its cache, the store behind it, the ledger.

What lies in a folder outlives the process too: answers, rows, and what the engine has learned.
"""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import msgspec

from pantler import build
from pantler.config.values import Cache as CacheTable
from pantler.core.cache import Cache
from pantler.core.capacity import parse_bytes
from pantler.core.edges import Lasting, Store
from pantler.core.engine import Engine
from pantler.core.errors import StoreError
from pantler.core.pieces import pieces
from pantler.core.restoring import Windows, restore
from pantler.core.savings import Ratios
from pantler.core.seams import Learner, Multiplexer
from pantler.core.snapshot import snapshot
from pantler.disk import state
from pantler.gateway.query_key import low_bits
from pantler.gateway.spending import Spending, spending
from pantler.ledgers.rows import Rows
from pantler.stores.memory import Memory
from pantler.stores.sqlite import SQLite

LEARNED = "learned"
RATIOS = "ratios"
FOREIGN = "it is not as it was written, or was by another secret"
NO_WINDOWS: Mapping[str, float] = {}

log = logging.getLogger("pantler.gateway")


class Keeping:
    """Opens what the table `cache` says; `folder` is for what must outlive a restart, `secret` keys all digests."""

    def __init__(self, cache: CacheTable, multiplexer: Multiplexer, folder: Path, secret: bytes) -> None:
        self.secret = secret
        self.is_strict = cache.durability == "strict"
        policy = build.policy(cache.policy, hashed=low_bits)
        self.engine = Engine(Cache(policy, parse_bytes(cache.capacity)), multiplexer)
        place = Path(cache.path)
        self.store: Store = SQLite(place, secret=secret, durability=cache.durability) if cache.path else Memory()
        self.rows = Rows(folder, durability=cache.durability)
        self.ratios = Ratios()
        self._folder = folder
        self._learned = place / LEARNED if cache.path else None
        self._beside: dict[str, Learner] = {}
        self._saving = Lock()  # the last snapshot may come while one of those on the way is still being written

    def open(self, now: float, stale_seconds: Mapping[str, float] = NO_WINDOWS) -> None:
        """Take up what was kept before, and begin to write.

        `stale_seconds` is by route how long an answer may outlive its expiry.
        """
        self.rows.open()
        if isinstance(self.store, Lasting) and self._learned is not None:
            kept = self.store.load(now - max(stale_seconds.values(), default=0.0))
            self._recall(RATIOS, self.ratios)
            windows = Windows(stale_seconds, now)
            learned = state.load(self._learned, self.secret)
            restored = restore(self.engine, learned, kept, windows)
            for key in restored.dropped:
                self.store.drop(key)
            if restored.ignored and self._learned.exists():
                self._set_aside(self._learned, FOREIGN if learned is None else restored.ignored)
            log.info(
                "%d answers were kept, %d of them with what was learned of them",
                len(self.engine.cache),
                restored.ranked,
            )

    def keep(self, name: str, part: Learner) -> None:
        """Let a part go on from what it had learned when that was last saved here, and save it with the rest."""
        if self._learned is None:
            return
        self._beside[name] = part
        self._recall(name, part)

    def spent(self, now: float) -> Spending:
        """What the ledger says was spent of late."""
        return spending(self._folder, now)

    def save(self) -> None:
        """Write what was learned; may run in a thread beside the engine."""
        if self._learned is not None:
            with self._saving:
                self._save(self._learned)

    def _save(self, place: Path) -> None:
        try:
            state.save(place, snapshot(self.engine), self.secret)
        except StoreError as error:
            log.error("%s", error)
        for name, part in {RATIOS: self.ratios, **self._beside}.items():
            self._save_part(place.with_name(name), part)

    def _save_part(self, place: Path, part: Learner) -> None:
        try:
            learned = part.snapshot()
            state.save(place, pieces(learned), self.secret)
        except StoreError as error:
            log.error("%s", error)
        except TimeoutError:  # a part that is stuck
            log.error("%s is as it was saved before: what was learned since could not be had in time", place)

    def _set_aside(self, learned: Path, why: str) -> None:
        """Begin anew beside what cannot be used, which the next snapshot would write over."""
        kept_as = learned.with_name(f"{learned.name}.unused")
        log.warning(
            "%s is not used in whole, the rest has to be learned anew: %s; it is kept as %s", learned, why, kept_as.name
        )
        try:
            learned.replace(kept_as)
        except OSError as error:
            log.error("%s cannot be renamed (%s)", learned, error.strerror)

    def _recall(self, name: str, part: Learner) -> None:
        """Let a part go on from what it knew; where it cannot, it begins anew and the gateway starts all the same."""
        assert self._learned is not None, "without a folder nothing was kept"
        place = self._learned.with_name(name)
        kept = state.load(place, self.secret)
        if kept is None:
            if place.exists():
                self._set_aside(place, FOREIGN)
            return
        try:
            part.restore(msgspec.msgpack.decode(kept))
        except StoreError as error:
            self._set_aside(place, str(error))
        except Exception as error:  # noqa: BLE001 - whatever its shape, it is not worth a gateway that does not start
            self._set_aside(place, f"it has another shape ({type(error).__name__})")

    async def close(self) -> None:
        """Write what is still to be written, first what cannot be had again."""
        await self.rows.close()
        await self.store.close()
        await asyncio.to_thread(self.save)
