import asyncio
import csv
import io
import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pantler.cli import main
from pantler.core.cost import Price, Tokens, money
from pantler.core.rows import Asked, Row, Word
from pantler.core.savings import likely_tokens
from pantler.ledgers.reading import reading
from pantler.ledgers.rows import Rows
from pantler.ledgers.sums import spent_by_day

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
SMALL, LARGE = Price(150_000, 600_000, cached_in=75_000), Price(2_500_000, 10_000_001)


def miss(decision: str, time: float, tokens: Tokens, *, price: Price | None = SMALL, tenant: str = "blue") -> Row:
    spent = None if price is None else money(price, tokens)
    asked = Asked("small", tokens, price, "config", spent, 0.0, 0.1, 0.2)
    base = None if spent is None else money(LARGE, likely_tokens(tokens, 1.3))
    return Row(
        decision, time, tenant, "smart", "00", 600, "miss", "cheapest", 200, "auto", "single", "small",
        tokens.tokens_in, tokens.tokens_out, (), (asked,), spent, 0 if price else None,
        None if base is None or spent is None else base - spent, base, "estimated", 1.3, 0.2, "large", LARGE,
    )  # fmt: skip


def hit(decision: str, time: float, tokens: Tokens) -> Row:
    base = money(LARGE, tokens)
    return Row(
        decision, time, "blue", "smart", "00", 600, "hit", "exact", 200, "auto", "single", "large",
        tokens.tokens_in, tokens.tokens_out, (), (), 0, base, 0, base, "measured", 1.0, 0.001, "large", LARGE, tokens,
    )  # fmt: skip


ROWS = [
    miss("dec_1", NOON, Tokens(1001, 21, cached_in=512)),
    hit("dec_2", NOON + 1, Tokens(1001, 21, cached_in=500)),
    miss("dec_3", NOON + 86_400, Tokens(77, 5), price=None, tenant="red"),
    miss("dec_4", NOON + 43_199.9996, Tokens(33, 7), tenant="red"),  # the last half millisecond of the day
]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    async def write() -> None:
        rows = Rows(tmp_path)
        rows.open()
        for row in ROWS:
            rows.append(row)
        await rows.rate("dec_2", "blue", Word(1.0), NOON + 2)
        await rows.close()

    asyncio.run(write())
    return tmp_path


def ran(*words: object) -> Result:
    return CliRunner().invoke(main, ["ledger", *map(str, words)])


def change(ledger: Path, statement: str) -> None:
    with sqlite3.connect(ledger / "ledger.sqlite") as connection:
        connection.execute(statement)
    connection.close()


def test_the_sums_are_those_of_the_rows_by_day(ledger: Path) -> None:
    days = json.loads(ran(ledger, "--json").stdout)
    assert [(day["day"], day["requests"], day["hits"], day["unpriced"]) for day in days] == [
        ("2026-11-20", 3, 1, 0),
        ("2026-11-21", 1, 0, 1),
    ]
    first = days[0]
    assert first["spent"] == sum(row.spent or 0 for row in ROWS)
    assert first["baseline_measured"] == ROWS[1].baseline == first["saved_by_cache"]
    assert first["baseline_estimated"] == (ROWS[0].baseline or 0) + (ROWS[3].baseline or 0)
    assert first["baseline_measured"] + first["baseline_estimated"] - first["spent"] == (
        first["saved_by_cache"] + first["saved_by_choice"]
    )
    assert (first["rated"], first["good"]) == (1, 1.0)


def test_groups_and_since_choose_the_rows(ledger: Path) -> None:
    by = csv.DictReader(io.StringIO(ran(ledger, "--by", "tenant,model", "--csv").stdout))
    assert [(row["tenant"], row["model"], row["requests"]) for row in by] == [
        ("blue", "large", "1"),
        ("blue", "small", "1"),
        ("red", "small", "2"),
    ]
    later = json.loads(ran(ledger, "--by", "none", "--since", "2026-11-21", "--json").stdout)
    assert [row["requests"] for row in later] == [1]
    assert json.loads(ran(ledger, "--since", "2027-01-01", "--by", "none", "--json").stdout) == []


def test_one_day_is_summed_and_audited_alone_although_more_came_after_it(ledger: Path) -> None:
    first = ("--since", "2026-11-20", "--before", "2026-11-21")
    assert [day["day"] for day in json.loads(ran(ledger, *first, "--json").stdout)] == ["2026-11-20"]
    assert ran(ledger, *first, "--audit").stdout == "3 rows computed again, no differences\n"
    change(ledger, "UPDATE rows SET spent = 0 WHERE decision = 'dec_3'")  # on the next day
    assert ran(ledger, *first, "--audit").exit_code == 0


def test_csv_of_nothing_still_names_its_columns(ledger: Path) -> None:
    full = ran(ledger, "--by", "model", "--csv").stdout
    assert ran(ledger, "--by", "model", "--since", "2027-01-01", "--csv").stdout == full.splitlines()[0] + "\n"


def test_the_table_shows_dollars(ledger: Path) -> None:
    shown = ran(ledger / "ledger.sqlite").stdout
    assert "2026-11-20" in shown
    assert "US dollars" in shown


def test_an_honest_ledger_passes_its_audit(ledger: Path) -> None:
    done = ran(ledger, "--audit", "--by", "day,tenant,route,model")
    assert (done.exit_code, done.stdout) == (0, "4 rows computed again, no differences\n")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE rows SET spent = spent + 1 WHERE decision = 'dec_1'", "dec_1: spent is"),
        ("UPDATE rows SET spent = 0 WHERE decision = 'dec_3'", "dec_3: spent is 0, but the models asked come to None"),
        ("UPDATE rows SET baseline = baseline - 1 WHERE decision = 'dec_2'", "dec_2: baseline is"),
        ("UPDATE rows SET saved_by_cache = 1 WHERE decision = 'dec_2'", "dec_2: saved by cache and by choice are 1,"),
        ("UPDATE rows SET asked = replace(asked, '21', '22') WHERE decision = 'dec_1'", "dec_1: small spent"),
        ("UPDATE rows SET asked = 'nonsense' WHERE decision = 'dec_1'", "dec_1: cannot be read"),
    ],
)
def test_a_ledger_that_was_changed_by_a_nano_dollar_fails_its_audit(ledger: Path, statement: str, told: str) -> None:
    change(ledger, statement)
    done = ran(ledger, "--audit")
    assert done.exit_code == 1
    assert told in done.stdout


def test_it_is_read_while_it_is_written_and_from_a_copy(ledger: Path, tmp_path: Path) -> None:
    async def body() -> None:
        rows = Rows(ledger)
        rows.open()
        rows.append(hit("dec_5", NOON, Tokens(1, 1)))
        await rows.acked()
        assert "5 rows computed again" in (await asyncio.to_thread(ran, ledger, "--audit")).stdout
        shutil.copytree(ledger, copy)
        await rows.close()

    copy = tmp_path / "copy"
    asyncio.run(body())
    assert "5 rows computed again" in ran(copy, "--audit").stdout


def test_what_tenants_spent_by_day_is_what_budgets_start_from(ledger: Path) -> None:
    with reading(ledger) as connection:
        assert sorted(spent_by_day(connection, NOON - 1)) == [
            ("2026-11-20", "blue", ROWS[0].spent),
            ("2026-11-20", "red", ROWS[3].spent),
        ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "no ledger at nowhere"),
        ([".", "--by", "week"], "no group named 'week'"),
        ([".", "--since", "yesterday"], "--since yesterday is no date"),
        ([".", "--before", "tomorrow"], "--before tomorrow is no date"),
    ],
)
def test_a_mistake_is_answered_with_its_remedy(words: list[str], told: str) -> None:
    done = ran(*words)
    assert done.exit_code == 2
    assert told in done.output


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"nonsense" * 100)
    done = ran(path)
    assert done.exit_code == 2
    assert "cannot be read" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--json", "--csv"], "--json and --csv are two forms; give one of them"),
        (["--audit", "--csv"], "--audit writes no CSV; give --json"),
        (["--by", ""], "--by names nothing; give some of"),
        (["--since", "2026-12-01", "--before", "2026-12-01"], "nothing lies between them"),
    ],
)
def test_what_contradicts_itself_or_names_nothing_is_refused(tmp_path: Path, words: list[str], says: str) -> None:
    found = ran(tmp_path, *words)
    assert found.exit_code == 2
    assert says in found.output
