"""What is wrong with `[cache]`: the policy, the capacity, the folder."""

from pathlib import Path

from pantler.config.parts import exists, names
from pantler.config.tables import Report
from pantler.config.values import Cache
from pantler.core.capacity import parse_bytes
from pantler.core.errors import CapacityError, meant


def check_cache(cache: Cache, report: Report) -> None:
    """Report every mistake in the table."""
    if not exists("policies", cache.policy):
        report("policy", f"there is no policy {cache.policy!r}", meant(cache.policy, names("policies")))
    try:
        parse_bytes(cache.capacity)
    except CapacityError as error:
        wrong, _, remedy = str(error).partition("; ")
        report("capacity", wrong, remedy)
    if cache.path and Path(cache.path).exists() and not Path(cache.path).is_dir():
        report("path", f"{cache.path} is no folder", "name a folder; it is made where there is none")
    if cache.durability == "strict" and not cache.path:
        report("durability", "nothing is written to be durable, as there is no path", "give a path, or leave it out")
