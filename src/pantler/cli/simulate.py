"""What each policy would have saved on a trace."""

import sys
from pathlib import Path
from typing import Any

import click

from pantler.core.errors import ConfigError

POLICIES = "lru,lfu,gdsf,gdsf_remembered,lec,auto"


@click.command()
@click.argument("trace", required=False)
@click.option("--generate", "spec", help="Make the trace: zipf:alpha=0.9,keys=...,requests=..., power:..., from:FILE.")
@click.option("--policies", default=POLICIES, show_default=True, help="Names, with commas between.")
@click.option("--capacities", default="0.5%,2%,10%,30%", show_default=True, help="Of the footprint, or such as 64MB.")
@click.option(
    "--costs", help="tokens (drawn by a hash of the key), unit, or a column. [default: the trace's own, else tokens]"
)
@click.option("--bounds", default="pfoo", show_default=True, help="pfoo, static, belady, with commas between.")
@click.option("--format", "format_name", help="The recording's format, where its content does not tell.")
@click.option("--columns", help="What is what in a log: key=prompt_hash,size=bytes,cost=usd.")
@click.option("--max-bad-share", default=0.01, show_default=True, help="Unusable rows past which a file is refused.")
@click.option("--threads", default=2, show_default=True, help="Threads of the compiled policies.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with picture and table.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture: .png, .svg or .pdf.")
@click.option("--regret", type=click.Path(dir_okay=False, path_type=Path), help="Write regret curves as a picture.")
def command(**options: Any) -> None:  # click hands over every option
    """Simulate cache policies over TRACE, or over a trace that --generate makes."""
    from pantler.simulator.simulation import simulate

    for path in (options["html"], options["plot"], options["regret"]):
        _check_writable(path)
    trace = _trace(options)
    policies = _names(options["policies"], "--policies")
    capacities = _names(options["capacities"], "--capacities")
    with _progress(len(trace) * len(policies) * len(capacities), hidden=options["as_json"]) as advance:
        report = simulate(
            trace,
            policies=policies,
            capacities=capacities,
            costs=options["costs"],
            bounds=_bounds(options["bounds"]),
            threads=options["threads"],
            progress=advance,
        )
    if options["as_json"]:
        click.echo(report.to_json())
    else:
        _show(report)
    if options["html"]:
        from pantler.simulator.page import page

        options["html"].write_text(page(report), encoding="utf-8")
    if options["plot"]:
        report.plot(options["plot"])
    if options["regret"]:
        from pantler.simulator.regret import draw_regret

        draw_regret(trace, policies, capacities[0], costs=options["costs"], path=options["regret"])
    for path in (options["html"], options["plot"], options["regret"]):
        if path:
            click.echo(f"wrote {path}", err=True)


def _trace(options: dict[str, Any]) -> Any:
    from pantler.traces.generate import generate
    from pantler.traces.reading import open_trace

    if bool(options["trace"]) == bool(options["spec"]):
        raise ConfigError("name one trace: a file, or --generate zipf:alpha=0.9,keys=100000,requests=300000")
    if options["spec"]:
        return generate(options["spec"])
    return open_trace(
        options["trace"],
        format=options["format_name"],
        columns=options["columns"],
        max_bad_share=options["max_bad_share"],
    )


def _names(text: str, option: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ConfigError(f"{option} names nothing; see pantler simulate --help")
    return names


def _bounds(text: str) -> list[str]:
    from pantler.core.errors import UnknownPart
    from pantler.simulator.simulation import BOUNDS

    names = _names(text, "--bounds")
    for name in names:
        if name not in BOUNDS:
            raise UnknownPart("bound", name, BOUNDS)
    return names


def _check_writable(path: Path | None) -> None:
    """Find out before the long run whether a file can be written."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; name another file") from error


def _show(report: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from pantler.simulator.page import HEADS, table

    shown = Table(title=f"{report.trace}: cost saved, cold misses included", title_justify="left")
    for place, head in enumerate(HEADS):
        shown.add_column(head, justify="left" if place == 0 else "right")
    for cells in table(report):
        shown.add_row(*cells)
    console = Console()
    console.print(shown)
    for name, saved in report.bounds.items():
        console.print(f"{name}: " + ", ".join(f"{share:.2%} at {capacity}" for capacity, share in saved.items()))
    for note in (*report.notes, *report.bad_rows):
        console.print(note, highlight=False)


class _progress:  # noqa: N801 - used as a function
    """A bar on standard error, on a terminal only."""

    def __init__(self, total: int, *, hidden: bool) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), disable=hidden or not sys.stderr.isatty(), transient=True)
        self._task = self._bar.add_task("simulating", total=total)

    def __enter__(self) -> Any:
        self._bar.start()
        return lambda served: self._bar.advance(self._task, served)

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
