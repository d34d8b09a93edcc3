"""Sum what was spent and saved, or check every sum against its rows."""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pantler.core.errors import ConfigError, UnknownPart

if TYPE_CHECKING:
    from pantler.ledgers.audit import Audit
    from pantler.ledgers.sums import Sums

NANO = 10**9
SHOWN = 20  # offences
HEADS = (
    "requests",
    "hits",
    "spent",
    "saved by\ncache",
    "saved by\nchoice",
    "baseline\nmeasured",
    "baseline\nestimated",
)
MONEY = ("spent", "saved_by_cache", "saved_by_choice", "baseline_measured", "baseline_estimated")


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--by", default="day", show_default=True, help="day, tenant, route, model, with commas between; or none.")
@click.option("--since", help="From this day or moment on, UTC: 2026-11-01 or 2026-11-01T12:00.")
@click.option("--before", help="Only what came before this day or moment, UTC: 2026-12-01.")
@click.option("--json", "as_json", is_flag=True, help="JSON, money in nano-dollars.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV, money in nano-dollars.")
@click.option("--audit", is_flag=True, help="Compute every sum again from the rows; exit code 1 where one differs.")
def command(path: Path | None, by: str, audit: bool, **options: Any) -> None:
    """Sum the ledger at PATH, a folder or a file; by default the one where pantler keeps its state.

    It may be read while a gateway writes it.
    """
    from platformdirs import user_state_path

    from pantler.ledgers.audit import audit as audited
    from pantler.ledgers.reading import reading
    from pantler.ledgers.sums import sums

    span = _span(options.pop("since"), options.pop("before"))
    form = _form(**options, audit=audit)
    groups = _groups(by)
    with reading(path or user_state_path("pantler")) as connection:
        if audit:
            _tell(audited(connection, groups, **span), as_json=form == "json")
            return
        found = [_flat(each) for each in sums(connection, groups, **span)]
    match form:
        case "json":
            click.echo(msgspec.json.format(msgspec.json.encode(found)))
        case "csv":
            _write_csv(found, groups)
        case _:
            _show(found, groups)


def _form(*, as_json: bool, as_csv: bool, audit: bool) -> str:
    """The form to write, empty for a table."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two forms; give one of them")
    if audit and as_csv:
        raise click.UsageError("--audit writes no CSV; give --json, or leave --csv out")
    return "json" if as_json else "csv" if as_csv else ""


def _groups(text: str) -> list[str]:
    from pantler.ledgers.sums import GROUPS

    if not text.strip(" ,"):
        raise click.UsageError(f"--by names nothing; give some of {', '.join(GROUPS)}, or none")
    names = [name for name in dict.fromkeys(map(str.strip, text.split(","))) if name not in {"", "none"}]
    for name in names:
        if name not in GROUPS:
            raise UnknownPart("group", name, GROUPS)
    return names


def _span(since: str | None, before: str | None) -> dict[str, float]:
    """The moments that were given, in seconds since the epoch."""
    given = {"since": since, "before": before}
    span = {name: _moment(name, text) for name, text in given.items() if text is not None}
    if since is not None and before is not None and span["since"] >= span["before"]:
        raise click.UsageError(f"--since {since} is not earlier than --before {before}; nothing lies between them")
    return span


def _moment(name: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--{name} {text} is no date; write 2026-11-01 or 2026-11-01T12:00") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _flat(sums: "Sums") -> dict[str, Any]:
    row = msgspec.to_builtins(sums)
    return {**row.pop("group"), **row}


def _write_csv(found: list[dict[str, Any]], groups: list[str]) -> None:
    from pantler.ledgers.sums import SELECT

    writer = csv.DictWriter(sys.stdout, [*groups, *SELECT], lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)


def _tell(audit: "Audit", *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(audit)))
    else:
        for offence in audit.offences[:SHOWN]:
            click.echo(f"{offence.where}: {offence.what}")
        if len(audit.offences) > SHOWN:
            click.echo(f"and {len(audit.offences) - SHOWN} more; --json lists them all")
        click.echo(f"{audit.rows} rows computed again, {len(audit.offences) or 'no'} differences")
    if audit.offences:
        raise click.exceptions.Exit(1)


def _show(found: list[dict[str, Any]], groups: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="US dollars")
    for head in (*groups, *HEADS, "unpriced", "rated\ngood"):
        table.add_column(head, justify="left" if head in groups else "right", no_wrap=True)
    for row in found:
        money = (row[name] for name in MONEY)
        rated = f"{row['good']:g} of {row['rated']}" if row["rated"] else ""
        cells = [str(row[group]) for group in groups] + [f"{row['requests']:,}", f"{row['hits']:,}"]
        table.add_row(*cells, *map(_dollars, money), f"{row['unpriced']:,}", rated)
    console = Console()
    console.width = max(console.width, table.__rich_measure__(console, console.options.update(width=1000)).maximum)
    console.print(table)


def _dollars(nano: int) -> str:
    """Exactly, with six digits at least after the point."""
    digits = f"{abs(nano) % NANO:09d}"
    shown = digits[:6] + digits[6:].rstrip("0")
    return f"{'-' if nano < 0 else ''}{abs(nano) // NANO:,}.{shown}"
