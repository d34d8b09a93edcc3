"""What the demo tells: what is about to happen, a table of what was spent and saved, where to look next."""

import csv
import subprocess
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path
from platform import python_version
from shutil import which

from rich.table import Table

from client import AT_A_TIME
from comparison import NO_CACHE, Sums
from learning import FILE, LEARNED
from pantler.config.values import Config
from pantler.config.weighing import weights_of

HERE = Path(__file__).parent.parent  # the root of the project
OWN = "pantler"
NANO_PER_CENT = 10_000_000
HEADS = ("spent", "saved by\ncache", "saved by\nchoice", "right", "spent, and\nerrors")


def told(config: Config, count: int, *, is_replayed: bool) -> str:
    """What is about to happen, plainly."""
    cheap, dear = config.models
    small = "replayed from recorded answers" if is_replayed else "a real model on this machine, and small"
    return f"""\
The cheap tier, {cheap.name}, is {small}.
The dear tier, {dear.name}, is scripted: it knows the answers, its prices and delays are declared.
Of the questions the small model gets about half right. {count:,} requests, {AT_A_TIME} at a time, some questions
far more popular than others; every answer is checked, and three in ten are rated.
"""


def table(found: Mapping[str, Sums], error_weight: float) -> Table:
    """One row for each strategy, in US cents; an error weighs so many nano-dollars."""
    made = Table(title="US cents for the same requests", title_justify="left")
    made.add_column("strategy")
    for head in HEADS:
        made.add_column(head, justify="right")
    for name, each in found.items():
        money = (each.spent, each.saved_by_cache, each.saved_by_choice)
        made.add_row(name, *map(cents, money), f"{each.right / each.requests:.1%}", cents(each.total(error_weight)))
    return made


def write(found: Mapping[str, Sums], config: Config, origin: Mapping[str, object], file: Path) -> None:
    """The same as CSV, money in nano-dollars, each row beside where it comes from."""
    error_weight = weights_of(config.routes[0].objective).error
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(["strategy", *Sums.__dataclass_fields__, "spent_and_errors", *origin])
        for name, each in found.items():
            writer.writerow([name, *astuple(each), f"{each.total(error_weight):.0f}", *origin.values()])


def provenance(config: Config, seed: int) -> dict[str, object]:
    """The seed, how the cheap model is asked, and the code: to be asked before the run, as the tree may move on."""
    return {"seed": seed, "cheap": config.models[0].provider, "commit": commit(), "python": python_version()}


def commit() -> str:
    """What is checked out, with a plus where its sources were changed since; nothing where it is no checkout."""
    if (git := which("git")) is None:
        return ""
    asked = [[git, "rev-parse", "--short", "HEAD"], [git, "status", "--porcelain", "src", "demo"]]
    told = [
        subprocess.run(words, capture_output=True, text=True, check=False, cwd=HERE).stdout.strip() for words in asked
    ]
    return told[0] + "+" * bool(told[0] and told[1])


def explained(config: Config, found: Mapping[str, Sums]) -> str:
    """How to read the table."""
    (route,) = config.routes
    own = found[OWN]
    weight = f"{route.objective.error_weight * 100:g} cents"
    estimated = cents(own.spent + own.saved_by_cache + own.saved_by_choice)
    return f"""\
The last column adds {weight} for every wrong answer, the weight by which the route decides.
{OWN} was measured, the rest is replayed from recorded answers. Its savings are against {estimated} cents,
the ledger's estimate of {NO_CACHE}, for which the recorded answers say {cents(found[NO_CACHE].spent)}.
{LEARNED} was fitted to the recorded answers of every second question beforehand; {OWN} began from nothing.
"""


def next_steps(command: str, folder: Path, weight: float) -> str:
    """Where to look."""
    return f"""
Where to look next:
  {command} ledger {folder} --by route,model
  {folder / "table.csv"}: the table
  {command} explain "What is 7 times 8?" --multiplexer {folder / FILE} --error-weight {weight:g}
  {folder / "gateway.toml"}: what was served; change error_weight in demo/gateway.toml and see
  {folder / "gateway.log"}: what the gateway said
  docs/tutorial/the-gateway.md, docs/explanation/how-a-request-is-decided.md"""


def cents(nano: float) -> str:
    """Nano-dollars as US cents."""
    return f"{nano / NANO_PER_CENT:.3f}"
