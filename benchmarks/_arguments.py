"""The command line of a measurement: where its table goes, and where the recorded data are that it needs."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
OUTCOMES = DATA / "routing"


def arguments(description: str | None, out: Path) -> ArgumentParser:
    """Options of a measurement that is written to `out`."""
    parser = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=out, help="where the table is written")
    return parser


def outcome_arguments(description: str | None, out: Path) -> ArgumentParser:
    """The same for a measurement on recorded outcomes."""
    parser = arguments(description, out)
    parser.add_argument("folder", type=Path, nargs="?", default=OUTCOMES, help="where the outcome files are")
    return parser


def parsed(parser: ArgumentParser) -> Namespace:
    """What was given; says that there is nothing to measure, and ends, where the data that nobody named are absent."""
    options = parser.parse_args()
    if options.folder == OUTCOMES and not OUTCOMES.is_dir():
        parser.exit(0, "skipped: the recorded outcomes of ../shared/data/routing are not here; name their folder\n")
    return options
