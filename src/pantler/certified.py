"""The certificate that a route's guarantee goes by."""

from pathlib import Path

from pantler.config.values import Route
from pantler.config.weighing import reference_of
from pantler.core.seams import Multiplexer
from pantler.fitted import read_fitted
from pantler.learning.certifying import Certified
from pantler.learning.guaranteed import Guaranteed


def guaranteed(inner: Multiplexer, route: Route) -> Guaranteed:
    """What keeps a route's guarantee, around what learns; `uncertified` has looked whether there is a certificate."""
    found = _held(route)
    assert found is not None
    return Guaranteed(inner, found, route.models)


def uncertified(route: Route) -> list[tuple[str, str]]:
    """Why a route cannot have the guarantee that it names, and the remedy; nothing where it can, or names none."""
    promised = route.objective.guarantee
    if promised is None:
        return []
    file, again = route.multiplexer.fitted, f"fit it with --guarantee {promised.max_wrong:g}"
    found = _held(route)
    if found is None:
        wrong = f"not certifiable: {file} holds no certificate of that share and confidence, but {_named(file)}"
        return [(wrong, again)]
    if found.cutoff is None:
        return [(found.reason, "fit to more outcomes, or allow more errors")]
    if found.reference != reference_of(route) or set(found.below) != set(route.models) - {found.reference}:
        held = f"{', '.join(found.below)} below {found.reference}"
        return [(f"not certifiable: {file} was certified for {held}", f"name these models, or {again} and --pool")]
    return []


def _named(file: str) -> str:
    """The certificates that a file holds."""
    made = [each for each in read_fitted(Path(file)).guarantees if each.cutoff is not None]
    return ", ".join(f"{each.max_wrong:g} with confidence {each.confidence:g}" for each in made) or "none"


def _held(route: Route) -> Certified | None:
    promised = route.objective.guarantee
    if promised is None:
        return None
    return read_fitted(Path(route.multiplexer.fitted)).guarantee(promised.max_wrong, promised.confidence)
