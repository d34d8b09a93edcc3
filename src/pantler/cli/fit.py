"""Fit a multiplexer to recorded outcomes."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pantler.cli._bars import Bar, bars, quietly
from pantler.cli._prices import prices_of
from pantler.cli._within import Within
from pantler.core.errors import ConfigError, UnknownPart

if TYPE_CHECKING:
    from pantler.fitted import Fitted
    from pantler.simulator.fitting.checking import Basis
    from pantler.simulator.fitting.report import Report
    from pantler.texts.reading import Reading
    from pantler.traces.experience import Experience

A_FILE = click.Path(dir_okay=False, path_type=Path)
OUTCOMES, LOG, LEDGER = "a file of outcomes", "a log", "a ledger"
OF = {  # what only some data have a use for, and what of the others makes it idle
    "prices": ("--price", (LOG,), "says itself what each call has cost, which is fitted to; leave it out"),
    "reference": ("--reference", (LOG,), "knows its reference model itself; leave it out"),
    "error_weight": ("--error-weight", (LOG, LEDGER), "is weighed by --max-quality-loss; give that"),
    "route": ("--route", (LEDGER,), "has no routes; leave it out"),
    "texts": ("--texts", (LEDGER,), "has texts of its own; leave it out"),
    "split": ("--split", (OUTCOMES,), "has no splits; leave it out"),
    "shares": (
        "--guarantee",
        (OUTCOMES,),
        "tells of one model's answer to a request, if it was rated; give outcomes of every model to the same queries",
    ),
}


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=A_FILE, required=True, help="The file to write, such as route.pantler.")
@click.option("--pool", default="", help="The models to choose among, commas between.  [default: all of the file]")
@click.option("--split", help="Fit to the queries of this split only.")
@click.option("--route", default="", help="Of a ledger: the route to fit to.  [default: all of them as one]")
@click.option("--texts", type=A_FILE, help="Of a ledger: JSON lines of decision_id and prompt, to be joined to it.")
@click.option("--embedder", default="",
              help="What makes a vector of a text.  [default: wordllama, hashing without it]")  # fmt: skip
@click.option(
    "--max-quality-loss",
    type=Within(0.0, 1.0),
    default=0.02,
    show_default=True,
    help="Mean score that may be lost against the best model: what a wrong answer has to be worth is printed.",
)
@click.option("--reference", default="", help="Of a log: the model asked so far.  [default: the one asked most]")
@click.option("--error-weight", type=Within(0.0),
              help="Of a log or a ledger: US dollars that a wrong answer costs.  [default: 10 mean calls]")  # fmt: skip
@click.option("--price", "prices", multiple=True, metavar="MODEL=IN,OUT",
              help="Of a log: US dollars a million tokens, or MODEL=SELLER/NAME to look it up.")  # fmt: skip
@click.option("--guarantee", "shares", type=Within(0.0, 1.0, min_open=True, max_open=True), multiple=True,
              help="Of outcomes: the share of wrong answers below the best model, to be certified.")  # fmt: skip
@click.option("--confidence", type=Within(0.0, 1.0, min_open=True, max_open=True), default=0.95, show_default=True,
              help="With which a guarantee holds.")  # fmt: skip
@click.option("--report", type=A_FILE, help="Write a page (.html) with plots of calibration and of quality over cost.")
@click.option("--check", is_flag=True, help="Exit with 3 unless it is shown to be no worse than the static choice.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON to standard output, nothing else.")
@quietly
def command(**options: Any) -> None:  # click hands over every option
    """Fit to DATA and say how far to trust it.

    DATA is recorded outcomes in the tidy format (.parquet, .csv, .jsonl), a log of requests with feedback (.jsonl, in
    OpenAI's or LiteLLM's words), or a ledger of pantler's own (its folder, or ledger.sqlite). The last lines say
    whether it may take the static choice's place; the file says so too where it may not.
    """
    from pantler.build import embedder_of, text_embedder
    from pantler.fitted import write_fitted
    from pantler.texts.reading import Reading

    _check_outputs(options["output"], options["report"])
    options["embedder"], instead = text_embedder(options["embedder"])
    reading = Reading(embedder_of(options["embedder"]))
    with bars(quiet=options["quiet"]) as bar:
        found, report = _fitted(options, reading, bar)
    if instead:
        report = replace(report, said=[instead, *report.said])
    write_fitted(found, options["output"])
    click.echo(report.to_json() if options["as_json"] else "\n".join(report.lines()))
    click.echo(f"wrote {options['output']}", err=True)
    if options["report"] is not None:
        from pantler.simulator.fitting.page import write_page

        write_page(report, options["report"])
        click.echo(f"wrote {options['report']}", err=True)
    if options["check"] and not report.checked.verdict.promoted:
        click.get_current_context().exit(3)


def _check_outputs(output: Path, report: Path | None) -> None:
    """Before the run: whether both can be written, and nothing else is lost by it."""
    from pantler.fitted import NAME
    from pantler.simulator.writable import check_kept, check_page, check_writable

    check_writable(output)
    check_kept(output, NAME.encode(), "file that pantler fit wrote")
    if report is not None:
        check_page(report)
        if report.resolve() == output.resolve():
            raise ConfigError(f"--output and --report both name {output}; name another file for one of them")


def _fitted(options: dict[str, Any], reading: "Reading", bar: Bar) -> "tuple[Fitted, Report]":
    from pantler.simulator.fitting.kinds import KINDS
    from pantler.simulator.fitting.whole import Sought, fitted_to
    from pantler.traces.experience import is_log
    from pantler.traces.outcomes import read_outcomes

    data: Path = options["data"]
    kind = LEDGER if data.is_dir() or data.suffix == ".sqlite" else LOG if is_log(data) else OUTCOMES
    _refuse_idle(options, kind)
    pool = [name.strip() for name in options["pool"].split(",") if name.strip()]
    if kind == LEDGER:
        return _of_ledger(options, pool, _basis(options, reading, bar))
    if kind == LOG:
        return _of_log(options, pool, _basis(options, reading, bar))
    outcomes = read_outcomes(data, pool=pool)
    if options["split"]:
        outcomes = outcomes.split(options["split"])
    advance = bar("fitting", sum(len(kind.settings) for kind in KINDS))
    sought = Sought(options["embedder"], options["max_quality_loss"])
    if not options["shares"]:
        return fitted_to(outcomes, reading, sought, advance)
    from pantler.simulator.fitting.guaranteeing import certified, held_back

    parts = held_back(outcomes)
    found, report = fitted_to(parts[0], reading, sought, advance)
    made = certified(found, parts, reading, options["shares"], options["confidence"])
    report = replace(report, said=[*report.said, *(each.told() for each in made)])
    return msgspec.structs.replace(found, guarantees=made), report


def _refuse_idle(options: dict[str, Any], kind: str) -> None:
    """What is given and would be without effect on such data."""
    for name, (option, kinds, why) in OF.items():
        if options[name] not in (None, "", ()) and kind not in kinds:
            raise click.UsageError(f"{option}: {kind} {why}")


def _of_ledger(options: dict[str, Any], pool: list[str], basis: "Basis") -> "tuple[Fitted, Report]":
    from pantler.simulator.fitting.checking import by_ledger
    from pantler.simulator.fitting.from_ledger import from_ledger, read_texts
    from pantler.simulator.fitting.in_part import fitted_in_part
    from pantler.simulator.fitting.seen import reported
    from pantler.simulator.fitting.signs_heard import signing_heard

    texts = {} if options["texts"] is None else read_texts(options["texts"])
    experience = _among(from_ledger(options["data"], texts, options["route"]), options, pool)
    checked = by_ledger(options["data"], experience, texts, basis)
    signed = signing_heard(experience, options["error_weight"])
    return reported(
        experience, fitted_in_part(experience, basis.reading, basis.embedder, basis.advance), checked, signed
    )


def _of_log(options: dict[str, Any], pool: list[str], basis: "Basis") -> "tuple[Fitted, Report]":
    from pantler.simulator.fitting.checking import by_log
    from pantler.simulator.fitting.in_part import fitted_in_part
    from pantler.simulator.fitting.seen import reported
    from pantler.traces.experience import read_log

    experience = _among(read_log(options["data"]), options, pool).priced(prices_of(options["prices"]))
    checked = by_log(experience, options["reference"], basis)
    found = fitted_in_part(experience, basis.reading, basis.embedder, basis.advance)
    return reported(experience, found, checked)


def _among(experience: "Experience", options: dict[str, Any], pool: list[str]) -> "Experience":
    found = experience.among(pool)
    if options["reference"] and options["reference"] not in found.models:
        raise UnknownPart("model", options["reference"], found.models)
    return found


def _basis(options: dict[str, Any], reading: "Reading", bar: Bar) -> "Basis":
    """What is fitted by; how many settings are to be tried is known once the data are read."""
    from pantler.simulator.fitting.checking import Basis

    return Basis(reading, options["embedder"], options["error_weight"], options["route"], bar("fitting", None))
