"""Compilation of the loops that learn while they serve."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

from pantler.core.errors import MissingExtra

try:
    import numba
except ImportError as missing:
    raise MissingExtra("reproducing the paper", "simulator") from missing

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function of arrays to machine code that runs without the interpreter's lock."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


class Rules(NamedTuple):
    """How an online cache ranks and chooses, with a Selector's number as `selector`.

    `realised_minimum` ranks by the mean of the cheaper realised cost, as the artifact does on its data sets, where
    the alternative is the cheaper of the mean costs. `floor` (B1) and `width` belong to the bandit alone.
    """

    capacity: int
    weighs_cost: bool
    selector: int
    accuracy: float = 1.0
    realised_minimum: bool = False
    floor: float = 0.0
    width: float = 0.0
