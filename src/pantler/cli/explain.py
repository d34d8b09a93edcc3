"""Say why a decision was made, why two questions would be taken for the same, or which model one would go to."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pantler.cli._within import Within
from pantler.core.errors import ConfigError

if TYPE_CHECKING:
    from pantler.core.rows import Candidate, Neighbour, Row
    from pantler.live.dry_run import Foreseen, Supposed
    from pantler.matching.explaining import Explained

NANO = 1e9
SECOND = "minilm"
DECISION = "dec_"
AN_ID = re.compile(DECISION + r"[0-9a-f]{32}(-[a-z]+)?")
AROUND = " \t\n,;:.\"'`"  # what is pasted along with an id
USED = {  # the options that each way of explaining goes by
    "the id of a decision": {"ledger"},
    "STORED": {"embedder", "second"},
    "--multiplexer": {"multiplexer", "error_weight", "count", "reference"},
    "--config": {"config", "route", "count"},
}
A_FILE = click.Path(dir_okay=False, path_type=Path)
WAYS = (
    "give STORED, a question to hold it against; --multiplexer FILE; --config FILE with --route NAME; or the id of a "
    "decision with --ledger FOLDER"
)


@click.command()
@click.argument("asked")
@click.argument("stored", required=False)
@click.option("--ledger", type=click.Path(path_type=Path),
              help="Where the decision ASKED is.  [default: where pantler keeps its state]")  # fmt: skip
@click.option("--config", type=A_FILE, help="A gateway's configuration, of which --route names a route or a model.")
@click.option("--route", default="", help="The route of --config.  [default: its only one]")
@click.option("--multiplexer", type=A_FILE, help="A file that pantler fit wrote, in place of STORED.")
@click.option(
    "--error-weight", type=Within(0.0), default=0.0, help="US dollars a wrong answer costs, of --multiplexer."
)
@click.option("--count", type=click.IntRange(1), default=1, show_default=True,
              help="How often it has come, this time included.")  # fmt: skip
@click.option("--reference", default="", help="The reference model.  [default: the one least often wrong]")
@click.option("--embedder", default="wordllama", show_default=True, help="Makes the vectors of STORED and ASKED.")
@click.option("--second", type=click.Path(exists=True, file_okay=False), help="The folder of minilm, asked besides.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
def command(asked: str, stored: str | None, **options: Any) -> None:  # click hands over every option
    """Show why it was decided so, or what would be decided; nothing is asked.

    ASKED is the id of a decision, dec_..., which is looked up in a ledger: every plan that was weighed, with what was
    expected of it.

    Or it is a question, or @FILE with a conversation in JSON. With --config, show what the route expects of every plan,
    by all that its gateway had learned when it last wrote that down; with --multiplexer, what the file alone does.

    With STORED, the question of a stored answer, show what a matcher makes of the two: rules, features, the chance. A
    dry run by the prior that comes with the package: a gateway moves it by what its own labels show.
    """
    pasted = asked.strip(AROUND)
    ways = {"STORED": stored, "--multiplexer": options["multiplexer"], "--config": options["config"]}
    given = [way for way, what in ways.items() if what is not None]
    is_decision = pasted.startswith(DECISION) and not given
    if given and AN_ID.fullmatch(pasted):
        raise ConfigError(f"{pasted} is the id of a decision, no question; give --ledger FOLDER in place of {given[0]}")
    if len(given) + is_decision != 1:
        raise ConfigError(f"one thing is explained at a time; {WAYS}")
    _refuse_idle("the id of a decision" if is_decision else given[0])
    if is_decision:
        _explain_decision(pasted, options)
    elif stored is not None:
        _explain_match(asked, stored, options)
    else:
        _explain_choice(asked, options)


def _refuse_idle(way: str) -> None:
    """What is given and would be without effect on what is explained so."""
    context = click.get_current_context()
    for name in sorted({name for names in USED.values() for name in names} - USED[way]):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} has no effect with {way}; leave it out")


def _explain_decision(decision: str, options: dict[str, Any]) -> None:
    import msgspec
    from platformdirs import user_state_path

    from pantler.ledgers import schema
    from pantler.ledgers.reading import reading

    path = options["ledger"] or user_state_path("pantler")
    with reading(path) as connection:
        found = connection.execute(f"SELECT {schema.SELECT} FROM rows WHERE decision = ?", (decision,)).fetchone()
    if found is None:
        raise ConfigError(f"{path} has no decision {decision}; name the ledger of the gateway that gave the id")
    row = schema.row(found)
    if options["as_json"]:
        click.echo(msgspec.json.format(msgspec.json.encode(row)).decode())
    else:
        _print_row(row)


def _print_row(row: "Row") -> None:
    lines = [f"{row.decision}: {row.tier} on route {row.route} ({row.reason}), status {row.status}"]
    if row.model:
        lines.append(f"answered by {row.model} in {row.seconds:.3g} s for {_dollars(row.spent)}")
    lines += [f"{_hits(row.hits)} when it was decided"] if row.hits is not None else []
    if row.wrong is not None:
        lines.append(f"the stored answer was held to be wrong by {row.wrong:.3f}")
    lines += [] if row.near is None else [_near(row.near)]
    if not row.candidates:
        lines.append("no plan was weighed for it")
    _print_plans(row.candidates, lines)


def _near(near: "Neighbour") -> str:
    if not near.decision:
        return f"no near answer: {near.reason}"
    doubt = f"cosine {near.cosine:.4f}, wrong here with a chance of {near.wrong:.4f}"
    return f"nearest is the answer of {near.decision}, {doubt}: {near.reason}"


def _explain_match(asked: str, stored: str, options: dict[str, Any]) -> None:
    from pantler.build import part
    from pantler.matching.explaining import explained

    one, other = part("embedders", options["embedder"])().embed([asked, stored])
    second = None
    if options["second"] is not None:
        here, there = part("embedders", SECOND)(path=options["second"]).embed([asked, stored])
        second = float(here @ there)
    found = explained(asked, stored, float(one @ other), second)
    if options["as_json"]:
        _print_json(found)
    else:
        _print_tables(found)


def _explain_choice(asked: str, options: dict[str, Any]) -> None:
    import msgspec

    from pantler.live.dry_run import Supposed

    wrong = NANO * options["error_weight"]
    supposed = Supposed(_text(asked), wrong, float(options["count"]), options["reference"])
    found, basis = (_by_file if options["config"] is None else _by_route)(options, supposed)
    if options["as_json"]:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    lines = [
        f"asked: {', '.join(found.chosen)} ({found.reason})"
        + (f"; {_hits(found.hits)}" if found.hits is not None else "")
    ]
    _print_plans(found.plans, [*lines, f"the reference model is {found.reference}; {basis}"])


def _by_file(options: dict[str, Any], supposed: "Supposed") -> "tuple[Foreseen, str]":
    from pantler.build import fitted_embedder
    from pantler.fitted import read_fitted
    from pantler.live.dry_run import foreseen
    from pantler.texts.reading import Reading

    fitted = read_fitted(options["multiplexer"])
    reading = Reading(fitted_embedder(options["multiplexer"], fitted.embedder))
    free = "" if supposed.error else "; a wrong answer costs nothing without --error-weight"
    return foreseen(fitted, reading, supposed), f"latencies are learned in service, the file has none{free}"


def _by_route(options: dict[str, Any], supposed: "Supposed") -> "tuple[Foreseen, str]":
    from pantler.gateway.foreseen import foreseen_on
    from pantler.misfits import fitting

    config = fitting(options["config"])
    names = [route.name for route in config.routes]
    if not options["route"] and len(names) != 1:
        raise ConfigError(
            f"--config has {len(names)} routes; name one with --route: {', '.join(names) or 'or a model'}"
        )
    return foreseen_on(config, options["route"] or names[0], supposed)


def _text(asked: str) -> str:
    """The question, or all that is said in the conversation of @FILE."""
    if not asked.startswith("@"):
        return asked
    from pantler.gateway.foreseen import said_in

    path = Path(asked[1:])
    try:
        return said_in(json.loads(path.read_bytes()))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; name a file of JSON after the @") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no conversation: {error}") from error


def _print_plans(plans: "Sequence[Candidate]", lines: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if plans:
        table = Table("plan", "price", "latency", "P(wrong)", "propensity")
        for each in plans:
            latency = "-" if each.latency_seconds is None else f"{each.latency_seconds:.3g} s"
            table.add_row(
                ", ".join(each.models), _dollars(each.price), latency, f"{each.wrong:.3f}", f"{each.propensity:g}"
            )
        console.print(table)
    for line in lines:
        console.print(line)


def _hits(hits: float) -> str:
    return f"{hits:.2f} further hits expected"


def _dollars(nano: float | None) -> str:
    return "-" if nano is None else f"${nano / NANO:.3g}"


def _print_json(found: "Explained") -> None:
    from dataclasses import asdict

    click.echo(json.dumps(asdict(found), indent=2))


def _print_tables(found: "Explained") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("feature", "value", "moves the odds of an error by")
    for each in found.features:
        table.add_row(each.name, f"{each.value:.3f}", f"x {each.factor:.2f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"cosine {found.cosine:.4f}; the chance that the stored answer is wrong: {found.wrong:.4f}")
    console.print(f"refused by the rule {found.rule}" if found.rule else "no rule refuses it")
