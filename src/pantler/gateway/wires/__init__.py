"""One file per operation of an API, found by iterating over this folder."""

from pantler import build
from pantler.gateway.wire import Wire


def found() -> list[Wire]:
    """Every wire there is, third parties' too."""
    return [build.part("gateway.wires", name)() for name in build.names("gateway.wires")]
