"""What budgets start from where the ledger is whole, damaged, or was damaged before."""

import asyncio
import os
from pathlib import Path

import pytest

from house import MODEL, Clock, house
from pantler.config.values import Cache, Config, Tenant
from pantler.core.errors import StoreError
from pantler.core.rows import Row
from pantler.gateway.process import Process
from pantler.gateway.spending import demand_whole, spending
from pantler.ledgers.rows import Rows

NOON = 1_795_780_800.0  # 2026-11-27 12:00 UTC
DAY = 86_400.0
HOUSE = Clock().now
BUDGETED = (Tenant("acme", budget_per_day="1"),)


def dollar(decision: str, time: float) -> Row:
    """A row of a call that cost one."""
    return Row(
        decision=decision, time=time, tenant="acme", route="r", key_digest="0", size_bytes=1, tier="miss", reason="",
        status=200, policy="lru", multiplexer="single", model="m", tokens_in=1, tokens_out=1, candidates=(), asked=(),
        spent=10**9, saved_by_cache=0, saved_by_choice=0, baseline=10**9, baseline_basis="measured", ratio=1.0,
        seconds=0.1, reference="m", reference_price=None,
    )  # fmt: skip


def spent_on(folder: Path, *days_ago: float) -> None:
    """A ledger with a row of a dollar so many days ago."""

    async def write() -> None:
        rows = Rows(folder)
        rows.open()
        for number, days in enumerate(days_ago):
            rows.append(dollar(f"d{number}", NOON - days * DAY))
        await rows.close()

    asyncio.run(write())


def damage(folder: Path, *, whole: bool = True) -> None:
    """Write over the file's head, or over all that follows it."""
    ledger = folder / "ledger.sqlite"
    data = ledger.read_bytes()
    ledger.write_bytes(b"x" * 4096 + data[4096:] if whole else data[:16384] + b"x" * (len(data) - 16384))


def test_a_start_counts_what_was_spent_in_the_last_31_days_and_nothing_older(tmp_path: Path) -> None:
    spent_on(tmp_path, 0.5, 5.0, 30.5, 31.5)
    assert [day for day, _, _ in spending(tmp_path, NOON).by_day] == ["2026-10-28", "2026-11-22", "2026-11-27"]
    assert spending(tmp_path, NOON).uncounted == ()


@pytest.mark.parametrize("whole", [True, False])
def test_a_damaged_ledger_is_named_to_who_has_budgets_and_readiness_says_so(
    tmp_path: Path, whole: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(tenants: tuple[Tenant, ...]) -> None:
        for ledger in tmp_path.glob("ledger*"):  # the house has a clock of its own
            os.utime(ledger, (HOUSE, HOUSE))
        gateway = house(tmp_path, opened=True, tenants=tenants)
        for ledger in tmp_path.glob("*.damaged-?"):
            os.utime(ledger, (HOUSE, HOUSE))
        said = (await gateway.get("/readyz").reply()).json
        assert ("budgets" in said.get("ailing", {})) is bool(tenants), said
        await gateway.close()

    spent_on(tmp_path, *range(20))
    damage(tmp_path, whole=whole)
    asyncio.run(test(()))
    assert "budgets begin without" not in caplog.text
    asyncio.run(test(BUDGETED))
    assert "budgets begin without" in caplog.text
    assert "put a whole copy of the ledger in its place" in caplog.text
    assert str(tmp_path / "ledger.sqlite") in caplog.text
    caplog.clear()
    asyncio.run(test(BUDGETED))
    assert "budgets begin without" in caplog.text, "until that was mended, at every start"


def test_an_emptied_ledger_is_one_that_was_damaged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        await house(tmp_path, opened=True, tenants=BUDGETED).close()

    (tmp_path / "ledger.sqlite").touch()
    os.utime(tmp_path / "ledger.sqlite", (HOUSE, HOUSE))
    asyncio.run(test())
    assert (tmp_path / "ledger.sqlite.damaged-1").exists()
    assert "budgets begin without" in caplog.text


def test_what_was_damaged_more_than_a_month_ago_is_nobodys_loss(tmp_path: Path) -> None:
    old = tmp_path / "ledger.sqlite.damaged-1"
    old.write_bytes(b"x")
    (tmp_path / "ledger.sqlite.damaged-1-wal").write_bytes(b"x")
    os.utime(old, (NOON - 31.5 * DAY, NOON - 31.5 * DAY))
    assert spending(tmp_path, NOON).uncounted == ()
    os.utime(old, (NOON - 30.5 * DAY, NOON - 30.5 * DAY))
    assert spending(tmp_path, NOON).uncounted == (str(old),)


@pytest.mark.parametrize("whole", [True, False])
def test_under_strict_durability_budgets_do_not_start_from_a_damaged_ledger_which_stays_where_it_is(
    tmp_path: Path, whole: bool
) -> None:
    spent_on(tmp_path, *range(20))
    damage(tmp_path, whole=whole)
    config = Config(models=(MODEL,), cache=Cache(path=str(tmp_path), durability="strict"), tenants=BUDGETED)
    before = (tmp_path / "ledger.sqlite").read_bytes()
    with pytest.raises(StoreError, match="put a whole copy"):
        Process(lambda: config, config, {"PANTLER_PEPPER": "0123456789abcdef"}, list)
    assert (tmp_path / "ledger.sqlite").read_bytes() == before


def test_under_strict_durability_a_ledger_that_was_set_aside_is_missed_at_the_next_start(tmp_path: Path) -> None:
    spent_on(tmp_path, 0.5)
    demand_whole(tmp_path, NOON)
    (tmp_path / "ledger.sqlite").rename(tmp_path / "ledger.sqlite.damaged-1")
    os.utime(tmp_path / "ledger.sqlite.damaged-1", (NOON, NOON))
    with pytest.raises(StoreError, match=r"ledger.sqlite.damaged-1 is a ledger that was damaged"):
        demand_whole(tmp_path, NOON)
