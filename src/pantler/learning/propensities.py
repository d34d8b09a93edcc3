"""The chances of plans once another is asked in place of some of them, whichever of these was drawn."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from pantler.core.rows import Candidate


def moved(
    candidates: Sequence[Candidate], of: Collection[Candidate], to: Candidate
) -> tuple[tuple[Candidate, ...], float]:
    """The candidates, those in `of` having handed their propensities on `to` one of them, and what that has then."""
    left = [each for each in of if each != to]
    whole = to.propensity + sum(each.propensity for each in left)
    chances = [whole if each == to else 0.0 if each in left else each.propensity for each in candidates]
    pairs = zip(candidates, chances, strict=True)
    return tuple([replace(each, propensity=chance) for each, chance in pairs]), whole
