"""How often a matcher serves, and how often wrongly, on labelled texts."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pantler.cli._bars import bars, quietly
from pantler.cli._within import Within
from pantler.core.errors import ConfigError

if TYPE_CHECKING:
    from pantler.core.edges import Embedder
    from pantler.simulator.rehearsal.report import Report, Terms

FIRST, SECOND, OURS = "wordllama", "minilm", "verified"
SHARE = Within(0, 1, min_open=True, max_open=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--max-wrong-per-request", type=SHARE, default=0.01, show_default=True, help="What is promised.")
@click.option("--max-wrong-per-hit", type=SHARE, help="What is promised besides.")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many seeds.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The first seed.")
@click.option("--texts", "count", type=click.IntRange(2), default=5000, show_default=True, help="Texts in each run.")
@click.option("--encoder", type=click.Choice(["wordllama", "hashing", "minilm"]), default="wordllama",
              show_default=True, help="Makes the vectors; minilm is a second encoder beside wordllama.")  # fmt: skip
@click.option("--encoder-path", default="", help="The folder into which minilm was built.  [default: the usual one]")
@click.option("--schedule", type=click.Choice(["drift", "burst", "adversarial"]),
              help="An order other than the seed's.")  # fmt: skip
@click.option("--judge-error", type=Within(0, 0.4), default=0.0, show_default=True,
              help="Share of labels that are false, which the matcher is told.")  # fmt: skip
@click.option("--gateway-rules", "gated", is_flag=True,
              help="Of verified, refuse first by name what a gateway looks for nothing near: what is personal, of its "
              "time or asked for variety, and code that differs in a literal. Hits are of all texts.")  # fmt: skip
@click.option("--distinct", is_flag=True, help="Of pairs, leave out texts that have come before.")
@click.option("--only-verified", is_flag=True, help="Leave out what it is compared with.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
@quietly
def command(file: Path, max_wrong_per_request: float, max_wrong_per_hit: float | None, **options: Any) -> None:
    """Try matchers on FILE, gzip or plain CSV, holding each against what was promised.

    Pairs have the columns a, b, same_answer, category; a stream has fact_id (or intent) and text.
    """
    from pantler.build import part
    from pantler.simulator.rehearsal.report import Terms, evaluated
    from pantler.simulator.rehearsal.texts import read_texts

    terms = Terms(
        per_request=max_wrong_per_request,
        per_hit=max_wrong_per_hit,
        seeds=range(options["seed"], options["seed"] + options["seeds"]),
        count=options["count"],
        schedule=options["schedule"],
        judge_error=options["judge_error"],
        distinct=options["distinct"],
        only_ours=options["only_verified"],
        gated=options["gated"],
        second=_second(options["encoder"], options["encoder_path"]),
    )
    texts = read_texts(file)
    with bars(quiet=options["quiet"]) as bar:
        first = options["encoder"] if terms.second is None else FIRST
        advance = partial(bar("runs", len(terms.seeds) * (1 if terms.only_ours else 6)), 1)
        report = evaluated(texts, part("embedders", first)(), terms, advance)
    if options["as_json"]:
        _print_json(report)
    else:
        _print_tables(report, terms)


def _second(encoder: str, path: str) -> "Embedder | None":
    """The encoder that is asked beside the first one, its files being there; None where it is the first itself."""
    from pantler.build import part

    if encoder != SECOND:
        if path:
            raise ConfigError(f"--encoder-path is the folder of {SECOND}; leave it out, or give --encoder {SECOND}")
        return None
    second: Embedder = part("embedders", SECOND)(path=path)
    second.embed([])
    return second


def _print_json(report: "Report") -> None:
    import msgspec

    shown = {"rows": report.rows, "categories": report.categories, "prior_saw": report.prior}
    click.echo(msgspec.json.encode(shown).decode())


def _print_tables(report: "Report", terms: "Terms") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    per_hit = "" if terms.per_hit is None else f" and {terms.per_hit:.1%} per hit"
    title = f"at most {terms.per_request:.1%} wrong per request{per_hit}; the prior has seen {report.prior}"
    heads = ("matcher", "hits", "exact", "wrong per request", "at worst", "wrong per hit", "runs that broke")
    runs = Table(*heads, title=title)
    for row in report.means():
        shares = (row["hit_rate"], row["exact_rate"], row["wrong_per_request"], row["most_wrong_per_request"])
        runs.add_row(row["matcher"], *_percent((*shares, row["wrong_per_hit"], row["broken"])))
    console.print(runs)
    if silent := _silent(report, terms):
        console.print(silent)
    if not report.categories:
        return
    categories = Table("matcher", "category", "same", "served", "different", "served wrongly", "most common reason")
    for row in report.categories:
        reason = next(iter(row["reasons"]), "")
        same, different = _percent((row["hit_rate"], row["false_hit_rate"]))
        categories.add_row(
            row["matcher"], row["category"], str(row["same"]), same, str(row["different"]), different, reason
        )
    console.print(categories)


def _silent(report: "Report", terms: "Terms") -> str:
    """In how many runs ours served nothing near, in words; empty where in none."""
    ours = [row for row in report.rows if row["matcher"] == OURS]
    count = sum(row["hit_rate"] == row["exact_rate"] for row in ours)
    how = "all runs" if count == len(ours) else f"{count} of {len(ours)} runs"
    why = "the shadow certified no cut-off, or ended too late"
    if terms.per_hit is not None:
        why += ", or too few sure hits were asked and right since for a promise per hit"
    return f"In {how} {OURS} served no near question: {why}." if count else ""


def _percent(shares: Sequence[float | None]) -> list[str]:
    return ["-" if share is None else f"{share:.2%}" for share in shares]
