"""Whether a request's fields are of the kinds that its operation's schema gives them.

An upstream that meets another kind may fail in its own code, which would look like its fault. Only kinds are looked at,
as JSON Schema has them in `type`, `items`, `properties`, `required` and `anyOf`: what the values may be is the
upstream's to judge.
"""

from collections.abc import Mapping
from typing import Any

from pantler.gateway.replies import Refused
from pantler.gateway.wire import Fault, Wire


def demand_fitting(wire: Wire, fields: Mapping[str, Any]) -> None:
    """Refused where a field does not fit; for misses alone, since nothing is stored that was asked with such a one."""
    wrong = misfitting(wire, fields)
    if wrong is not None:
        raise Refused(wrong)


def misfitting(wire: Wire, fields: Mapping[str, Any]) -> Fault | None:
    """The first field that is of another kind than the schema of the request says."""
    demands = wire.demands
    for name, value in fields.items():
        demand = demands.get(name)
        found = None if demand is None else demand.misfit(value)
        if found is not None:
            where, must = f"{name}{found[0]}", found[1]
            return Fault(400, "invalid_type", f"{where!r} must be {must}", param=where)
    return None
