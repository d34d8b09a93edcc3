"""No number of a row that enters a sum changes without the audit's finding it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pantler.core.cost import Price, Tokens, money
from pantler.core.rows import Asked, Row
from pantler.core.savings import Served, likely_tokens, saved
from pantler.ledgers import schema
from pantler.ledgers.audit import audit, faults
from pantler.ledgers.reading import reading
from pantler.ledgers.rows import Rows
from pantler.ledgers.sums import sums

NOW = 1.8e9
SMALL, LARGE = Price(150_000, 600_000, cached_in=75_000), Price(2_500_000, 10_000_000)
TOKENS = Tokens(1001, 21, cached_in=512)


def made(tier: str, model: str, *, estimated: bool = False, price: Price | None = SMALL, ratio: float = 1.3) -> Row:
    """A row as the gateway's books make it."""
    price = LARGE if model == "large" and price is not None else price
    paid = None if price is None else money(price, TOKENS)
    calls = tier in {"miss", "bypass"}
    spent = paid if calls else 0
    known = saved(Served(model, TOKENS, paid, spent, estimated), "large", LARGE, ratio)
    asked = Asked(model, TOKENS, price, "config", paid, 0.0, None, 0.2, estimated=estimated)
    return Row(
        decision=f"dec_{tier}_{model}_{estimated}_{price is None}",
        time=NOW,
        tenant="blue",
        route="smart",
        key_digest="00",
        size_bytes=600,
        tier=tier,
        reason="as it is",
        status=200,
        policy="auto",
        multiplexer="tabular",
        model=model,
        tokens_in=TOKENS.tokens_in,
        tokens_out=TOKENS.tokens_out,
        candidates=(),
        asked=(asked,) if calls else (),
        spent=spent,
        saved_by_cache=known.by_cache,
        saved_by_choice=known.by_choice,
        baseline=known.baseline,
        baseline_basis=known.baseline_basis,
        ratio=known.ratio,
        seconds=0.2,
        reference="large",
        reference_price=LARGE,
        tokens=TOKENS,
        estimated=estimated,
    )


def failed() -> Row:
    """Money was spent, and no client got an answer for it."""
    row = made("miss", "small")
    changes = {"model": "", "tokens_in": 0, "tokens_out": 0, "tokens": None, "reference": "", "reference_price": None}
    sums = {"baseline": 0, "ratio": 1.0, "saved_by_choice": -(row.spent or 0), "decision": "dec_failed", "status": 502}
    return replace(row, **changes, **sums)


KINDS = [
    *(made(tier, model) for tier in ("miss", "hit", "stale", "semantic", "coalesced") for model in ("small", "large")),
    made("miss", "large", estimated=True),
    made("hit", "large", estimated=True),
    made("miss", "small", price=None),
    made("hit", "small", price=None),
    failed(),
]
NUMBERS = ("spent", "saved_by_cache", "saved_by_choice", "baseline", "tokens_in", "tokens_out", "estimated")


def written(folder: Path, kinds: Sequence[Row]) -> Path:
    async def write() -> None:
        rows = Rows(folder)
        rows.open()
        for row in kinds:
            rows.append(row)
        await rows.close()

    asyncio.run(write())
    return folder


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("ledger"), KINDS)


def offences(ledger: Path, change: str, *values: object) -> set[str]:
    """Where the audit finds something once one row was changed; the change is undone."""
    connection = sqlite3.connect(ledger / "ledger.sqlite", isolation_level=None)
    connection.execute("BEGIN")
    assert connection.execute(change, values).rowcount == 1
    found = {each.where for each in audit(connection).offences}
    connection.execute("ROLLBACK")
    connection.close()
    return found


def test_rows_of_every_kind_pass_as_they_were_written(ledger: Path) -> None:
    with reading(ledger) as connection:
        assert audit(connection).offences == []
        assert audit(connection).rows == len(KINDS)


@given(st.sampled_from(KINDS), st.sampled_from(NUMBERS), st.integers(-(10**9), 10**9).filter(bool))
def test_any_number_of_any_row_that_changes_is_found(ledger: Path, row: Row, column: str, by: int) -> None:
    change = f"UPDATE rows SET {column} = coalesce({column}, 0) + ? WHERE decision = ?"
    assert row.decision in offences(ledger, change, by, row.decision)


@given(st.sampled_from(KINDS), st.floats(0.0, 100.0))
def test_a_ratio_that_changes_is_found_on_misses_and_on_hits(ledger: Path, row: Row, ratio: float) -> None:
    if ratio != row.ratio:
        change = "UPDATE rows SET ratio = ? WHERE decision = ?"
        assert row.decision in offences(ledger, change, ratio, row.decision)


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.decision)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("baseline_basis", "other"),
        ("reference", "tiny"),
        ("model", "tiny"),
        ("tier", "alias"),
        ("reference_price", '{"tokens_in":1,"tokens_out":1}'),
        ("asked", "[]"),
        ("tokens", '{"tokens_in":1,"tokens_out":1}'),
        ("tenant", "red"),
        ("route", "other"),
        ("status", 299),
    ],
)
def test_what_else_a_sum_follows_from_cannot_change_unseen(ledger: Path, row: Row, column: str, value: object) -> None:
    change = f"UPDATE rows SET {column} = ? WHERE decision = ?"
    assert row.decision in offences(ledger, change, value, row.decision)


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.decision)
def test_each_sum_of_a_row_is_computed_again_whatever_its_checksum_says(row: Row) -> None:
    assert list(faults(row)) == []
    for column in ("spent", "baseline", "saved_by_cache", "saved_by_choice"):
        booked = getattr(row, column)
        if booked is not None:
            assert list(faults(replace(row, **{column: booked + 1}))), column
    for call in row.asked:
        dearer = replace(call, spent=(call.spent or 0) + 1)
        assert any(f"{call.model} spent {dearer.spent}, but" in each for each in faults(replace(row, asked=(dearer,))))


def test_a_row_that_was_booked_wrongly_is_found_and_so_is_the_sum_that_it_is_in(tmp_path: Path) -> None:
    row = made("miss", "small")
    wrong = replace(row, spent=(row.spent or 0) + 1, saved_by_choice=(row.saved_by_choice or 0) - 1)
    with reading(written(tmp_path, [wrong, made("hit", "small")])) as connection:
        assert {each.where for each in audit(connection, ["tenant"]).offences} == {row.decision, "blue"}


def test_the_audit_says_why_a_baseline_is_not_of_the_kind_that_it_claims(ledger: Path) -> None:
    def told(decision: str, change: str) -> str:
        connection = sqlite3.connect(ledger / "ledger.sqlite", isolation_level=None)
        connection.execute("BEGIN")
        connection.execute(f"UPDATE rows SET {change} WHERE decision = ?", (decision,))
        said = "\n".join(each.what for each in audit(connection).offences)
        connection.execute("ROLLBACK")
        connection.close()
        return said

    own, others = made("hit", "large").decision, made("hit", "small").decision
    assert "its tokens were not told" in told(
        made("hit", "large", estimated=True).decision, "baseline_basis='measured'"
    )
    assert "small gave the answer" in told(others, "baseline_basis = 'measured'")
    assert "its tokens were told" in told(own, "baseline_basis = 'estimated'")
    assert "the ratio is 1.5, but the reference" in told(own, "ratio = 1.5")
    assert "baseline is" in told(others, "ratio = 1.5")


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_a_ledger_of_an_earlier_version_is_read_as_it_is_and_brought_up_to_date(tmp_path: Path, version: int) -> None:
    hit, miss = (replace(made(tier, "large"), near=None) for tier in ("hit", "miss"))
    connection = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    for statements in schema.MIGRATIONS[:version]:
        for statement in statements:
            connection.execute(statement)
    names = {"baseline_basis": "basis"} if version < 4 else {}
    since = {"near": 2, "estimated": 4, "hits": 5, "wrong": 5}
    columns = [each for each in schema.COLUMNS if since.get(each, 1) <= version] + ["checksum"] * (version >= 4)
    for row in (hit, miss):
        found = dict(zip(schema.COLUMNS, schema.values(row), strict=False))
        found["checksum"] = schema.digest(schema.values(row))
        places = ", ".join("?" * len(columns))
        named = ", ".join(names.get(each, each) for each in columns)
        connection.execute(f"INSERT INTO rows ({named}) VALUES ({places})", [found[each] for each in columns])
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()

    def looked() -> None:
        with reading(tmp_path) as ledger:
            assert audit(ledger).offences == []
            (found,) = sums(ledger)
            assert (found.requests, found.baseline_measured) == (2, (hit.baseline or 0) + (miss.baseline or 0))

    looked()
    later = made("hit", "small")

    async def write() -> None:
        rows = Rows(tmp_path)
        rows.open()
        rows.append(later)
        await rows.acked()
        assert await rows.find(hit.decision) == hit
        assert await rows.find(later.decision) == later
        assert rows.health.damaged_files == 0
        await rows.close()

    asyncio.run(write())
    with reading(tmp_path) as ledger:
        assert audit(ledger).offences == []
        assert ledger.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    if version >= 4:  # since then rows have a checksum, which tells what no product does
        assert offences(tmp_path, "UPDATE rows SET route = 'other' WHERE decision = ?", hit.decision) == {hit.decision}


def test_what_another_model_would_have_written_is_recomputed_from_the_ratio_in_the_row() -> None:
    row = made("hit", "small")
    assert row.baseline == money(LARGE, likely_tokens(TOKENS, 1.3))
