"""The SQLite store against a dictionary: puts, drops, expiry, restarts, crashes."""

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pantler.core.asks import Entry
from pantler.stores.sqlite import SQLite

keys = st.integers(0, 5).map(lambda number: number * 2**125)
tags = st.sampled_from("ab")
FOREVER = float("inf")


class AgainstADict(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.place = Path(self.folder.name) / "0"
        self.now = 0.0
        self.kept: dict[int, Entry] = {}
        self.store = self.opened()

    def opened(self) -> SQLite:
        store = SQLite(self.place, secret=b"secret")
        loaded = store.load(self.now)
        self.kept = {key: entry for key, entry in self.kept.items() if entry.expires > self.now}
        assert dict(loaded) == self.kept
        assert len(loaded) == len(self.kept)
        return store

    @rule(
        key=keys, body=st.binary(max_size=5000), lives=st.sampled_from([2.0, 9.0, FOREVER]), tag=st.sampled_from("ab")
    )
    def put(self, key: int, body: bytes, lives: float, tag: str) -> None:
        entry = Entry(body, "small", "blue", "smart", self.now, self.now + lives, pieces=(body,), tags=(tag,))
        self.store.put(key, entry)
        self.kept[key] = entry

    @rule(key=keys)
    def drop(self, key: int) -> None:
        self.store.drop(key)
        self.kept.pop(key, None)

    @rule()
    def commit(self) -> None:
        asyncio.run(self.store.acked())

    @rule(passed=st.floats(0.5, 5.0))
    def restart(self, passed: float) -> None:
        asyncio.run(self.store.close())
        self.now += passed
        self.store = self.opened()

    @rule()
    def crash(self) -> None:
        """Go on from the files as they are, log and all, once what was put is acked."""
        asyncio.run(self.store.acked())
        left, self.place = self.place, self.place.with_name(str(int(self.place.name) + 1))
        shutil.copytree(left, self.place)
        asyncio.run(self.store.close())
        self.store = self.opened()

    @invariant()
    def same_answers(self) -> None:
        for key in range(6):
            assert self.store.get(key * 2**125) == self.kept.get(key * 2**125)
        for tag in "ab":
            assert set(self.store.named("tag", tag)) == {key for key, entry in self.kept.items() if tag in entry.tags}

    def teardown(self) -> None:
        asyncio.run(self.store.close())
        self.folder.cleanup()


TestAgainstADict = AgainstADict.TestCase
TestAgainstADict.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
