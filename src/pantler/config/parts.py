"""Which names a setting may use: the files of a part's folder and third parties' entry points."""

import pkgutil
from importlib.metadata import EntryPoints, entry_points
from importlib.util import find_spec


def names(kind: str) -> list[str]:
    """The parts of a kind ("policies", "multiplexers", ...), none of which is imported."""
    return sorted(own_names(kind) | offered(kind).names)


def exists(kind: str, name: str) -> bool:
    """Whether there is such a part; third parties are asked only where we have none."""
    return name in own_names(kind) or name in offered(kind).names


def own_names(kind: str) -> set[str]:
    """Those of pantler itself."""
    spec = find_spec(f"pantler.{kind}")
    folders = spec.submodule_search_locations if spec else None
    return {module.name for module in pkgutil.iter_modules(folders or []) if not module.name.startswith("_")}


def offered(kind: str) -> EntryPoints:
    """Those of third parties."""
    return entry_points(group=f"pantler.{kind}")
