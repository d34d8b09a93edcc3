"""What is not well, though answers flow, as anybody may be told: no names but the configuration's own."""

from pantler.gateway.keeping import Keeping
from pantler.gateway.means import Upstreams
from pantler.stores.sqlite import SQLite

NOT_WRITTEN = "it cannot be written; the log says why"  # and where it lies, which is nobody else's to know


def ailing(keeping: Keeping, upstreams: Upstreams) -> dict[str, str]:
    """By the name of what ails, why."""
    files = {"ledger": keeping.rows.health}
    if isinstance(keeping.store, SQLite):
        files["store"] = keeping.store.health
    states = {name: NOT_WRITTEN if health.failing else "" for name, health in files.items()}
    states |= {name: "it refuses our key" for name, each in upstreams.items() if each.is_locked_out}
    states |= {name: "its breaker is open" for name, each in upstreams.items() if each.breaker.is_open}
    return {name: said for name, said in states.items() if said}
