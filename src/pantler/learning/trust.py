"""What a multiplexer that learns is told beside its aims."""

from dataclasses import dataclass

from pantler.core.aims import Aims


@dataclass(frozen=True)
class Trust(Aims):
    """`alike` in 0..1 is how much one answer of a model tells of its next to the same query.

    Where `amortise`, an error counts at every hit to come.
    """

    alike: float = 0.9
    amortise: bool = True
