"""A restart serves what it kept and still knows what is valuable."""

import asyncio
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from pantler.config.values import Cache
from pantler.core.asks import Entry
from pantler.core.beliefs import Beliefs
from pantler.core.packing import as_kept
from pantler.core.types import Call, Key, Miss, Outcome, Query, Serve
from pantler.disk import state
from pantler.disk.claim import CLAIM, claimed
from pantler.estimators.mean import Mean
from pantler.gateway.keeping import Keeping
from pantler.multiplexers.amortised import Amortised

SECRET = b"secret"
NOW = 1e9


class Process:
    """One life of a gateway's engine and store."""

    def __init__(self, folder: Path, now: float = NOW, secret: bytes = SECRET) -> None:
        self.folder = folder
        prices = {"small": Mean(1.0), "large": Mean(10.0)}
        table = Cache(capacity="200KB", path=str(folder))
        self.keeping = Keeping(table, Amortised(Beliefs(prices)), folder, secret)
        self.keeping.open(now, {"smart": 100.0})
        self.engine, self.store = self.keeping.engine, self.keeping.store

    def ask(self, key: Key) -> Serve | Miss:
        looked = self.engine.look(Query(key, 1000, route="smart"), NOW)
        if isinstance(looked, Serve):
            assert self.store.get(key) == entry(key)
            return looked
        call = self.engine.decide(looked)
        assert isinstance(call, Call)
        model = call.plan.models[0]
        outcome = Outcome(looked.query, model, 2.0, charges=((model, 2.0),), size_bytes=entry(key).size_bytes)
        verdict = self.engine.learn(outcome, NOW)
        for victim in verdict.evicted:
            self.store.drop(victim.payload.query.key)
        if verdict.admitted:
            self.store.put(key, entry(key))
        return looked

    def end(self) -> None:
        asyncio.run(self.keeping.close())


def entry(key: Key) -> Entry:
    return Entry(key.to_bytes(16) * 30, "small", "blue", "smart", NOW)


def test_what_was_kept_is_served_and_what_was_popular_stays_so(tmp_path: Path) -> None:
    first = Process(tmp_path)
    for round_ in range(30):
        for key in range(50):
            first.ask(key * 2**90)
        first.ask(2**100 + round_)  # asked once
    kept = set(first.engine.cache)
    first.end()
    second = Process(tmp_path)
    assert set(second.engine.cache) == kept
    for number in range(500):
        second.ask(2**101 + number)  # a flood of others
    assert all(isinstance(second.ask(key * 2**90), Serve) for key in range(50))
    second.end()


def test_without_what_was_learned_the_answers_are_served_all_the_same(tmp_path: Path) -> None:
    first = Process(tmp_path)
    first.ask(7)
    first.end()
    learned = tmp_path / "learned"
    learned.write_bytes(learned.read_bytes()[:-1] + b"!")
    second = Process(tmp_path)
    assert isinstance(second.ask(7), Serve)
    second.end()


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("multiplexer_state", [{"small": "much"}, 3]),
        ("policy_state", None),
        ("policy_state", {"current": 99}),
        ("sketch", {"kind": "ByteSketch", "table": "no bytes"}),
    ],
)
def test_a_part_that_learned_in_another_shape_begins_anew_and_the_start_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str, other: object
) -> None:
    first = Process(tmp_path)
    first.ask(7)
    first.end()
    learned = tmp_path / "learned"
    _forge(learned, field, other)
    second = Process(tmp_path)
    assert "is not used in whole" in caplog.text
    assert (tmp_path / "learned.unused").exists()
    assert isinstance(second.ask(7), Serve)
    assert isinstance(second.ask(8), Miss)
    second.end()


def test_a_part_that_cannot_go_on_leaves_the_others_what_they_knew(tmp_path: Path) -> None:
    first = Process(tmp_path)
    for _ in range(3):
        first.ask(7)
    beliefs = as_kept(first.engine.multiplexer.snapshot())  # type: ignore[attr-defined]
    first.end()
    learned = tmp_path / "learned"
    _forge(learned, "policy_state", {"current": 99})
    second = Process(tmp_path)
    assert as_kept(second.engine.multiplexer.snapshot()) == beliefs  # type: ignore[attr-defined]
    second.end()
    (tmp_path / "learned.unused").unlink()
    count = second.engine.cache.count(second.engine.cache.residents[7])
    _forge(learned, "multiplexer_state", "nonsense")
    third = Process(tmp_path)
    assert third.engine.cache.count(third.engine.cache.residents[7]) == count
    third.end()


class Odd(Amortised):
    """Raises what nobody expects of what it is given."""

    def restore(self, kept: Any) -> None:
        if kept != as_kept(self.snapshot()):
            raise ZeroDivisionError
        super().restore(kept)


def test_whatever_a_part_raises_the_gateway_starts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def odd() -> Keeping:
        prices = {"small": Mean(1.0)}
        return Keeping(Cache(capacity="200KB", path=str(tmp_path)), Odd(Beliefs(prices)), tmp_path, SECRET)

    first = odd()
    first.open(NOW)
    first.engine.learn(Outcome(Query(7, route="smart"), "small", 2.0), NOW)
    first.keep("beside", first.engine.multiplexer)
    asyncio.run(first.close())
    second = odd()
    second.open(NOW)
    second.keep("beside", second.engine.multiplexer)
    assert "ZeroDivisionError" in caplog.text
    assert {"learned.unused", "beside.unused"} <= {found.name for found in tmp_path.iterdir()}
    asyncio.run(second.close())


def test_snapshots_at_the_same_time_leave_one_that_can_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Large:
        def snapshot(self) -> Any:
            return bytes(8 << 20)

        def restore(self, kept: Any) -> None:
            assert kept == bytes(8 << 20)

    process = Process(tmp_path)
    process.keeping.keep("large", Large())
    with ThreadPoolExecutor() as threads:
        for saved in [threads.submit(process.keeping.save) for _ in range(4)]:
            saved.result()
    process.end()
    again = Process(tmp_path)
    again.keeping.keep("large", Large())
    again.end()
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == []


def _forge(learned: Path, field: str, other: object) -> None:
    bytes_ = state.load(learned, SECRET)
    assert bytes_ is not None
    state.save(learned, [msgspec.msgpack.encode({**msgspec.msgpack.decode(bytes_), field: other})], SECRET)


def test_what_is_kept_is_nobody_elses_to_read(tmp_path: Path) -> None:
    process = Process(tmp_path / "state")
    process.ask(7)
    asyncio.run(process.keeping.rows.acked())
    process.end()
    with claimed(tmp_path / "state"):
        pass
    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in (tmp_path / "state").iterdir()}
    assert {CLAIM, "entries.sqlite", "ledger.sqlite", "learned"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


@pytest.mark.parametrize("is_learned", [True, False])
def test_an_answer_past_its_expiry_is_kept_to_the_end_of_its_routes_window(tmp_path: Path, is_learned: bool) -> None:
    first = Process(tmp_path)
    for key, expires in ((1, NOW + 10.0), (2, NOW - 200.0)):
        first.ask(key)
        first.store.put(key, replace(entry(key), expires=expires))
    first.end()
    if not is_learned:
        (tmp_path / "learned").unlink()
    second = Process(tmp_path, NOW + 50.0)
    assert set(second.engine.cache) == {1}
    assert isinstance(second.engine.look(Query(1), NOW + 109.0), Serve)
    assert isinstance(second.engine.look(Query(1), NOW + 111.0), Miss)
    assert second.store.get(2) is None
    second.end()


def test_the_log_says_why_what_was_learned_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Process(tmp_path).end()
    caplog.clear()
    Process(tmp_path).end()
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
    learned = tmp_path / "learned"
    kept = learned.read_bytes()
    state.save(learned, [kept], SECRET)  # well signed, but no snapshot
    Process(tmp_path).end()
    assert "it cannot be read" in caplog.text
    learned.write_bytes(kept[:-1])
    Process(tmp_path).end()
    assert "it is not as it was written" in caplog.text


def test_what_a_part_had_learned_is_set_aside_with_a_word_where_it_is_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Process(tmp_path).end()
    (tmp_path / "ratios").write_bytes(b"damaged")
    Process(tmp_path).end()
    assert "ratios is not used in whole" in caplog.text
    assert (tmp_path / "ratios.unused").read_bytes() == b"damaged"


class Part:
    """Something beside the engine that learns, and may be stuck when a snapshot of it is wanted."""

    def __init__(self, *, is_stuck: bool) -> None:
        self._is_stuck = is_stuck

    def snapshot(self) -> Any:
        if self._is_stuck:
            raise TimeoutError
        return "learned"

    def restore(self, kept: Any) -> None:
        """It goes on from nothing."""


def test_a_part_that_is_stuck_keeps_no_other_from_being_saved(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = Process(tmp_path)
    process.keeping.keep("first", Part(is_stuck=True))
    process.keeping.keep("second", Part(is_stuck=False))
    process.end()
    assert state.load(tmp_path / "second", SECRET) == msgspec.msgpack.encode("learned")
    assert not (tmp_path / "first").exists()
    assert "first is as it was saved before" in caplog.text
