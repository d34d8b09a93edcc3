"""What each policy would have saved on a trace."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pantler.cli._bars import bars, quietly
from pantler.cli._tables import show, table
from pantler.cli._within import Within
from pantler.core.errors import ConfigError

if TYPE_CHECKING:
    from pantler.simulator.report import Report
    from pantler.simulator.study import Study
    from pantler.traces.reading import TraceFile
    from pantler.traces.trace import Trace

POLICIES = "lru,lfu,gdsf,gdsf_remembered,lec,auto"
A_FILE = click.Path(dir_okay=False, path_type=Path)


def an_image(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a picture in a format that cannot be drawn, before the run."""
    from pantler.simulator.plots import checked_image

    return None if path is None else checked_image(path)


@click.command()
@click.argument("trace", required=False)
@click.option("--generate", "spec", help="Make the trace: zipf:alpha=0.9,keys=...,requests=..., power:..., from:FILE.")
@click.option("--policies", default=POLICIES, show_default=True, help="Names, with commas between.")
@click.option("--capacities", default="0.5%,2%,10%,30%", show_default=True, help="Of the footprint, or such as 64MB.")
@click.option(
    "--costs",
    help="tokens (drawn by a hash of the key), unit, a column, or of several the best. "
    "[default: the trace's own, else tokens]",
)
@click.option("--bounds", default="pfoo,static,belady", show_default=True, help="Beside every result, commas between.")
@click.option("--lane", type=click.Choice(["replay", "sweep"]), help="All through the engine, or all compiled.")
@click.option("--sample", type=float, help="Simulate about this share of the keys, above 0 up to 1, drawn by cost.")
@click.option("--seed", default=0, show_default=True, help="Which sample is drawn.")
@click.option("--format", "format_name", help="The recording's format, where its content does not tell.")
@click.option("--columns", help="What is what in a log: key=prompt_hash,size=bytes,cost=usd.")
@click.option(
    "--max-bad-share",
    type=Within(0, 1),
    default=0.01,
    show_default=True,
    help="Unusable rows past which it fails.",
)
@click.option("--hold", type=click.IntRange(0), default=10_000_000, show_default=True,
              help="Requests held in memory; a longer recording is read twice, in parts.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="For the compiled policies.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
@quietly
@click.option("--html", type=A_FILE, help="Write a page with picture and table.")
@click.option("--plot", type=A_FILE, callback=an_image, help="Write a picture: .png, .svg or .pdf.")
@click.option("--regret", type=A_FILE, callback=an_image, help="Write regret curves as a picture.")
def command(**options: Any) -> None:  # click hands over every option
    """Simulate cache policies over TRACE, or over a trace that --generate makes."""
    from pantler.simulator.regret import draw_regret
    from pantler.simulator.simulation import Sampling, simulated
    from pantler.simulator.writable import check_page, check_writable, writing
    from pantler.traces.trace import Trace

    for path in _files(options):
        check_writable(path)
    if options["html"]:
        check_page(options["html"])
    study, source = _study(options), _source(options)
    sampling = None if options["sample"] is None else Sampling(options["sample"], options["seed"])
    lanes = len(study.policies) * len(study.capacities)
    with bars(quiet=options["quiet"]) as bar:
        trace = _read(source, options, bar("reading", None))
        is_whole = isinstance(trace, Trace) and sampling is None
        counting = None if is_whole else bar("counting", None)
        serving = bar("simulating", len(trace) * lanes if isinstance(trace, Trace) and is_whole else None)
        report = simulated(trace, replace(study, progress=serving, counting=counting), sampling)
        if options["regret"] and isinstance(trace, Trace):
            with writing(options["regret"]):
                draw_regret(trace, study, options["regret"], bar("regret", len(trace) * lanes))
    if options["as_json"]:
        click.echo(report.to_json())
    else:
        _show(report)
    if options["html"]:
        from pantler.simulator.page import page

        with writing(options["html"]):
            options["html"].write_text(page(report), encoding="utf-8")
    if options["plot"]:
        with writing(options["plot"]):
            report.plot(options["plot"])
    for path in _files(options):
        click.echo(f"wrote {path}", err=True)


def _files(options: dict[str, Any]) -> list[Path]:
    return [options[name] for name in ("html", "plot", "regret") if options[name]]


def _study(options: dict[str, Any]) -> "Study":
    from pantler.simulator.study import Study

    return Study(
        policies=_names(options["policies"], "--policies"),
        capacities=_names(options["capacities"], "--capacities"),
        costs=options["costs"],
        bounds=_names(options["bounds"], "--bounds"),
        lane=options["lane"],
        threads=options["threads"],
    )


def _source(options: dict[str, Any]) -> "TraceFile | str":
    """The recording's file, or the specification of a trace to make."""
    from pantler.traces.reading import TraceFile

    if bool(options["trace"]) == bool(options["spec"]):
        raise ConfigError("name one trace: a file, or --generate zipf:alpha=0.9,keys=100000,requests=300000")
    if options["spec"] and (options["format_name"] or options["columns"]):
        raise ConfigError("--format and --columns say how a recording is read, and --generate makes none; drop them")
    if options["spec"]:
        return str(options["spec"])
    return TraceFile(
        options["trace"],
        format=options["format_name"],
        columns=options["columns"],
        max_bad_share=options["max_bad_share"],
    )


def _read(source: "TraceFile | str", options: dict[str, Any], advance: Callable[[int], None]) -> "Trace | TraceFile":
    from pantler.simulator.simulation import loaded
    from pantler.traces.generate import generate
    from pantler.traces.trace import Trace

    trace = generate(source) if isinstance(source, str) else loaded(source, options["hold"], advance)
    if options["regret"] and not isinstance(trace, Trace):
        raise ConfigError(f"regret curves need the whole trace in memory; allow more than --hold {options['hold']}")
    return trace


def _names(text: str, option: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ConfigError(f"{option} names nothing; see pantler simulate --help")
    return names


def _show(report: "Report") -> None:
    from pantler.simulator.page import cells_of, heads

    title = f"{report.trace}: cost saved, cold misses included, beside its bounds"
    shown = table(heads(report), heads(report)[:1], title=title)
    for cells in cells_of(report):
        shown.add_row(*cells)
    show(shown, (*report.notes, *report.bad_rows))
