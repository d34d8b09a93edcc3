"""What a route has paid for calls that brought no answer: nothing is learned from it, and its budget has less left."""

from pantler.core.engine import Engine
from pantler.core.seams import Paying
from pantler.multiplexers.by_route import ByRoute


class Losses:
    """Told to the multiplexer of the route that `engine` has at the time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def paid(self, route: str, spent: int) -> None:
        """So many nano-dollars are gone."""
        multiplexer = self._engine.multiplexer
        each: object = multiplexer.routes.get(route) if isinstance(multiplexer, ByRoute) else None
        if isinstance(each, Paying):
            each.paid(spent)
