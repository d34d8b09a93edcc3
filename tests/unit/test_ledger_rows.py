import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from msgspec.structs import replace

from pantler.core.cost import Price, Tokens
from pantler.core.errors import StoreError
from pantler.core.rows import Alike, Asked, Candidate, Row, Word
from pantler.disk.file import NewerFile
from pantler.ledgers.rows import Rows

NOW = 1.8e9
DAY = 86_400.0


def made_row(number: int = 0, **changes: object) -> Row:
    """A miss that asked one model; the other fields as given."""
    asked = Asked("small", Tokens(100, 20), Price(150_000, 600_000), "config", 27_000, 0.0, 0.1, 0.2)
    plain = Row(
        decision=f"dec_{number:032x}",
        time=NOW,
        tenant="blue",
        route="smart",
        key_digest=f"{number:032x}",
        size_bytes=612,
        tier="miss",
        reason="least expected cost",
        status=200,
        policy="auto",
        multiplexer="amortised",
        model="small",
        tokens_in=100,
        tokens_out=20,
        candidates=(Candidate(("small",), 27_000.0, 0.2, 0.1, 1.0),),
        asked=(asked,),
        spent=27_000,
        saved_by_cache=0,
        saved_by_choice=423_000,
        baseline=450_000,
        baseline_basis="estimated",
        ratio=1.0,
        seconds=0.2,
        reference="large",
        reference_price=Price(2_500_000, 10_000_000),
    )
    return replace(plain, **changes)


@asynccontextmanager
async def ledger(folder: Path, **settings: object) -> AsyncIterator[Rows]:
    rows = Rows(folder, **settings)  # type: ignore[arg-type]
    rows.open()
    yield rows
    await rows.close()


def with_ledger(folder: Path, body: Callable[[Rows], Awaitable[None]], **settings: object) -> None:
    async def run() -> None:
        async with ledger(folder, **settings) as rows:
            await body(rows)

    asyncio.run(run())


def test_a_row_is_found_before_it_is_committed_and_after_and_after_a_restart(tmp_path: Path) -> None:
    row = made_row(7)

    async def write(rows: Rows) -> None:
        assert rows.append(row)
        assert await rows.find(row.decision) == row
        await rows.acked()
        assert await rows.find(row.decision) == row

    async def read(rows: Rows) -> None:
        assert await rows.find(row.decision) == row
        assert await rows.find("dec_unknown") is None

    with_ledger(tmp_path, write)
    with_ledger(tmp_path, read)


def test_a_rating_joins_its_decision_and_the_same_one_again_changes_nothing(tmp_path: Path) -> None:
    async def body(rows: Rows) -> None:
        row = made_row(255)
        rows.append(row)
        first = await rows.rate(row.decision, "blue", Word(1.0), NOW + 5)
        assert first is not None
        assert (first.key, first.model, first.route, first.before, first.changed) == (255, "small", "smart", None, True)
        for _ in range(2):  # waiting in the queue, then from the file
            again = await rows.rate(row.decision, "blue", Word(1.0), NOW + 6)
            assert again is not None
            assert not again.changed
            await rows.acked()
        other = await rows.rate(row.decision, "blue", Word(0.0), NOW + 7)
        assert other is not None
        assert (other.before, other.changed) == (1.0, True)

    with_ledger(tmp_path, body)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        assert connection.execute("SELECT good, time FROM ratings").fetchall() == [(0.0, NOW + 7)]
    connection.close()


def test_equal_ratings_at_the_same_time_count_once(tmp_path: Path) -> None:
    async def body(rows: Rows) -> None:
        row = made_row()
        rows.append(row)
        rated = await asyncio.gather(*(rows.rate(row.decision, "blue", Word(0.5), NOW) for _ in range(20)))
        assert sum(each.changed for each in rated if each is not None) == 1

    with_ledger(tmp_path, body)


def test_another_tenants_decision_an_old_one_one_without_an_answer_and_an_unknown_one_are_answered_alike(
    tmp_path: Path,
) -> None:
    async def body(rows: Rows) -> None:
        row = made_row()
        rows.append(row)
        assert await rows.rate(row.decision, "red", Word(1.0), NOW) is None
        assert await rows.rate(row.decision, "blue", Word(1.0), NOW + 30 * DAY + 1) is None
        assert await rows.rate("dec_unknown", "blue", Word(1.0), NOW) is None
        refused = made_row(1, model="", status=429)
        rows.append(refused)
        assert await rows.rate(refused.decision, "blue", Word(1.0), NOW) is None
        assert await rows.rate(row.decision, "blue", Word(1.0), NOW + 30 * DAY) is not None

    with_ledger(tmp_path, body)


@pytest.mark.parametrize("good", [-0.1, 1.1, float("nan")])
def test_a_rating_outside_0_and_1_is_refused(tmp_path: Path, good: float) -> None:
    async def body(rows: Rows) -> None:
        with pytest.raises(StoreError, match="from 0"):
            await rows.rate("dec_any", "blue", Word(good), NOW)

    with_ledger(tmp_path, body)


def test_a_row_that_sqlite_cannot_hold_does_not_take_others_with_it(tmp_path: Path) -> None:
    async def body(rows: Rows) -> None:
        bad = [made_row(1, tokens_in=2**63), made_row(2, model="\ud800")]
        for row in (made_row(0), *bad, made_row(3)):
            rows.append(row)
        await rows.acked()
        assert await rows.find(made_row(3).decision) == made_row(3)
        assert await rows.find(made_row(0).decision) is not None
        assert rows.health.lost == 2

    with_ledger(tmp_path, body)


@pytest.mark.parametrize("count", [1, 7, 8, 41, 300])
def test_rows_that_are_alike_are_stored_as_all_others(tmp_path: Path, count: int) -> None:
    async def body(rows: Rows) -> None:
        like = made_row(0, candidates=(), asked=(), tier="hit", tokens=Tokens(1, 2, reasoning=1), saved_by_choice=None)
        appended = []
        for number in range(count):
            alike = Alike(like, f"dec_{number:032x}", NOW + number / 7, number / 3)
            appended += [
                replace(like, decision=alike.decision, time=alike.time, seconds=alike.seconds),
                made_row(1000 + number),
                made_row(2000 + number, model="large"),
            ]
            rows.append(alike)
            rows.append(appended[-2])
            last = appended[-1]
            rows.append(Alike(last, last.decision, last.time, last.seconds))
        await rows.acked()
        assert [await rows.find(row.decision) for row in appended] == appended

    with_ledger(tmp_path, body)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM rows").fetchone() == (3 * count,)
    connection.close()


def test_of_rows_that_are_alike_those_that_sqlite_cannot_hold_do_not_take_others_with_them(tmp_path: Path) -> None:
    async def body(rows: Rows) -> None:
        for model in ("small", "\ud800"):
            like = made_row(0, model=model)
            for number in range(10):
                seconds = "\ud800" if number == 3 else 1.0
                rows.append(Alike(like, f"dec_{model}_{number}", NOW, seconds))  # type: ignore[arg-type]
        await rows.acked()
        assert rows.health.lost == 11

    with_ledger(tmp_path, body)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM rows").fetchone() == (9,)
    connection.close()


def test_what_is_none_is_null_and_an_empty_text_or_a_number_that_is_zero_is_not(tmp_path: Path) -> None:
    kinds = get_type_hints(Row)
    nullable = [field for field, kind in kinds.items() if type(None) in get_args(kind)]
    texts = [field for field, kind in kinds.items() if kind is str and field != "decision"]
    numbers = [field for field, kind in kinds.items() if kind is int or int in get_args(kind)]
    bare = made_row(1, candidates=(), asked=(), **dict.fromkeys(nullable), **dict.fromkeys(texts, ""))
    free = made_row(2, hits=0.0, wrong=0.0, **dict.fromkeys(numbers, 0))

    async def write(rows: Rows) -> None:
        assert rows.append(bare)
        assert rows.append(free)
        await rows.acked()
        assert [await rows.find(row.decision) for row in (bare, free)] == [bare, free]

    with_ledger(tmp_path, write)
    connection = sqlite3.connect(tmp_path / "ledger.sqlite")
    told = ", ".join(f"typeof({field})" for field in (*nullable, *texts, *numbers))
    found = connection.execute(f"SELECT {told} FROM rows WHERE decision = ?", (bare.decision,)).fetchone()
    assert set(found[: len(nullable)]) == {"null"}
    assert set(found[len(nullable) : -len(numbers)]) == {"text"}
    found = connection.execute(f"SELECT {told} FROM rows WHERE decision = ?", (free.decision,)).fetchone()
    assert set(found[-len(numbers) :]) == {"integer"}
    connection.close()


def test_beyond_its_queue_the_newest_rows_are_lost_and_counted(tmp_path: Path) -> None:
    async def body(rows: Rows) -> None:
        assert not rows.append(made_row())
        assert rows.health.lost == 1

    with_ledger(tmp_path, body, queue_bytes=1000)


def test_a_ledger_of_a_later_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with_ledger(tmp_path, lambda rows: asyncio.sleep(0))
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerFile, match=r"version 99.*upgrade pantler"):
        Rows(tmp_path).open()


def test_a_file_that_is_no_ledger_is_set_aside_and_a_new_one_started(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"precious" * 1000)

    async def body(rows: Rows) -> None:
        assert rows.health.damaged_files == 1
        rows.append(made_row())
        await rows.acked()

    with_ledger(tmp_path, body)
    assert (tmp_path / "ledger.sqlite.damaged-1").read_bytes() == b"precious" * 1000


def test_what_is_written_after_the_file_was_taken_away_is_found(tmp_path: Path) -> None:
    async def body(rows: Rows) -> None:
        before, after = made_row(1), made_row(2)
        rows.append(before)
        await rows.acked()
        assert await rows.find(before.decision) == before
        aside = tmp_path / "aside"
        aside.mkdir()
        for file in tmp_path.glob("ledger*"):
            file.rename(aside / file.name)
        rows.append(after)
        await rows.acked()
        assert await rows.find(after.decision) == after
        assert await rows.find(before.decision) is None

    with_ledger(tmp_path, body)
