"""Requests a second and CPU a request under wrk, all servers in turn, round after round."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import peers
from figures import Figure
from load import Loaded, load, settle
from servers import Server, nginx, pantler, two_models

Found = dict[str, list[Loaded]]


class Bout(NamedTuple):
    """One server under one kind of load."""

    name: str
    server: Server
    kind: str
    times: int = 1  # longer than the others'


class Line(NamedTuple):
    """Ours beside theirs: the least ratio of requests a second, the greatest of CPU a request."""

    ours: str
    theirs: str
    at_least: float | None = None
    cpu_at_most: float | None = None


def measured(folder: Path, place: Path | None, seconds: int, rounds: int) -> Iterator[Figure]:
    """Every ratio against nginx, and against the peers where `place` has them."""
    with ExitStack() as running:
        ceiling = running.enter_context(nginx(folder))
        ours = running.enter_context(pantler(folder / "pantler", two_models(ceiling.url)))
        bouts = [
            Bout("nginx", ceiling, "same"),
            *(Bout(f"pantler {name}", ours, kind) for name, kind in KINDS.items()),
        ]
        if place is not None:
            bouts += _peers(running, folder, place, ceiling)
        found: Found = {bout.name: [] for bout in bouts}
        for number in range(rounds + 1):  # the first warms up
            for bout in bouts:
                loaded = load(bout.server, bout.kind, bout.times * seconds, folder)
                settle(bout.server)
                if number:
                    found[bout.name].append(loaded)
        yield from _figures(found)


KINDS = {
    "same bytes": "same",
    "hit": "unlike",
    "hit by another user": "user",
    "hit by a new head": "apart",
    "miss": "new",
}


def _peers(running: ExitStack, folder: Path, place: Path, upstream: Server) -> Iterator[Bout]:
    python = peers.environment(place, "tensorzero", peers.TENSORZERO)
    tensorzero = running.enter_context(peers.tensorzero(python, folder, upstream))
    python = peers.environment(place, "litellm", peers.LITELLM)
    litellm = running.enter_context(peers.litellm(python, folder, upstream))
    for name, server, times in (("tensorzero", tensorzero, 1), ("litellm", litellm, 4)):  # its requests take seconds
        yield Bout(f"{name} hit", server, "same", times)
        yield Bout(f"{name} miss", server, "new", times)


def _figures(found: Found) -> Iterator[Figure]:
    for name, bouts in found.items():
        yield Figure.of(f"{name}: requests a second", "1/s", [each.per_second for each in bouts])
        yield Figure.of(f"{name}: CPU a request", "us", [each.cpu_us for each in bouts])
        errors = sum(each.errors for each in bouts)
        yield Figure(f"{name}: errors", "requests", errors, at_most=0.001 * sum(each.requests for each in bouts))
    for line in LINES:
        if line.theirs in found:
            yield from _ratios(line, found)


def _ratios(line: Line, found: Found) -> Iterator[Figure]:
    """Of one to another within each round in which both answered."""
    ours, theirs, at_least, cpu_at_most = line
    pairs = [pair for pair in zip(found[ours], found[theirs], strict=True) if all(each.per_second for each in pair)]
    if pairs:
        speeds = [one.per_second / other.per_second for one, other in pairs]
        yield Figure.of(f"{ours} / {theirs}: requests a second", "ratio", speeds, at_least=at_least)
        spent = [one.cpu_us / other.cpu_us for one, other in pairs]
        yield Figure.of(f"{ours} / {theirs}: CPU a request", "ratio", spent, at_most=cpu_at_most)


LINES = (
    Line("pantler hit", "nginx", 0.15),
    Line("pantler same bytes", "nginx", 0.4),
    Line("pantler hit", "tensorzero hit", 2.5),
    Line("pantler hit", "litellm hit", 150.0),
    Line("pantler miss", "tensorzero miss", cpu_at_most=1.0),
    Line("pantler miss", "litellm miss", 40.0),
)
