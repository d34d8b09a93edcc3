"""What a route's multiplexer is told of beside its outcomes.

That is what was paid for calls that brought no answer, of which a budget has less left, and what another model said to
a query that one had answered.
"""

from pantler.core.engine import Engine
from pantler.core.seams import Overlooking, Paying
from pantler.core.types import Outcome
from pantler.multiplexers.by_route import ByRoute


class ToldBeside:
    """Told to the multiplexer of the route that `engine` has at the time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def paid(self, route: str, spent: int) -> None:
        """So many nano-dollars are gone."""
        each = self._of(route)
        if isinstance(each, Paying):
            each.paid(spent)

    def shadowed(self, outcome: Outcome) -> None:
        """What a model brought that was asked beside another one."""
        each = self._of(outcome.query.route)
        if isinstance(each, Overlooking):
            each.shadowed(outcome)

    def _of(self, route: str) -> object:
        multiplexer = self._engine.multiplexer
        return multiplexer.routes.get(route) if isinstance(multiplexer, ByRoute) else None
