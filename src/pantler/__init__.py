"""Which answers of large models to keep, with which model to ask, decided by what each choice costs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pantler.core.errors import PantlerError as PantlerError
    from pantler.live.cache import Cache as Cache
    from pantler.live.cached import cached as cached
    from pantler.simulator.simulation import simulate as simulate

__all__ = ["Cache", "PantlerError", "cached", "simulate"]

HOMES = {
    "Cache": "pantler.live.cache",
    "PantlerError": "pantler.core.errors",
    "cached": "pantler.live.cached",
    "simulate": "pantler.simulator.simulation",
}


def __getattr__(name: str) -> Any:  # imported at first use, so that `import pantler` stays quick
    if name not in HOMES:
        raise AttributeError(f"module 'pantler' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(HOMES[name]), name)
    return value
