"""What multiplexers share that leave a stored answer alone."""

from mypy_extensions import mypyc_attr

from pantler.core.types import Call, Serve


@mypyc_attr(allow_interpreted_subclasses=True)
class Steady:
    """A hit is always served as it is stored, since in the paper it costs nothing."""

    revisits = False

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        return None

    def left(self, stored: Serve, frequency: float) -> None:
        return None
