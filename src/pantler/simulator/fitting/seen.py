"""What there is to say of a fit to a service's own experience."""

from msgspec.structs import replace

from pantler.fitted import Fitted
from pantler.simulator.fitting.checking import Checked, warning
from pantler.simulator.fitting.in_part import InPart, labels_of
from pantler.simulator.fitting.needs import needs
from pantler.simulator.fitting.report import OfModel, Report, of_model
from pantler.simulator.fitting.sanity import APART, of_kinds, of_surface, repeated
from pantler.simulator.fitting.signs import Signing
from pantler.traces.experience import Experience


def reported(
    experience: Experience, found: InPart, checked: Checked, signed: Signing | None = None
) -> tuple[Fitted, Report]:
    """What is kept, with the verdict and the signs in it, and the report."""
    has_texts = found.across is not None
    texts = list({event.decision or at: event.text for at, event in enumerate(experience.events)}.values())
    report = Report(
        dataset=experience.name,
        said=[*experience.notes, *found.said, *(repeated(texts, APART) if has_texts else []), *_signed(signed)],
        models=_models(experience, found),
        kinds=of_kinds(found.across) if found.across is not None else [],
        surface=of_surface(found.known) if has_texts else [],
        needs=needs(found.known, found.chosen, found.across) if found.across is not None else [],
        curve=checked.curve,
        singles={},
        checked=checked,
    )
    signs = None if signed is None else signed.signs
    return replace(found.fitted, warning=warning(checked), signs=signs), report


def _signed(signed: Signing | None) -> list[str]:
    return [] if signed is None else [signed.line()]


def _models(experience: Experience, found: InPart) -> list[OfModel]:
    """By what was said across folds; without texts by the rates alone, which have nothing to be held against."""
    said, prices = found.across, zip(found.fitted.price_in, found.fitted.price_out, strict=True)
    charges = [f"${1e6 * into:.3g} in, ${1e6 * out:.3g} out a million tokens" for into, out in prices]
    named = list(enumerate(zip(experience.models, charges, strict=True)))
    if said is not None:
        own = [said.models == at for at, _ in named]
        return [of_model(model, said.chances[own[at]], said.labels[own[at]], told) for at, (model, told) in named]
    places, _, _ = labels_of(experience)
    return [
        OfModel(model, places.count(at), float(found.known.rates[at]), 0.0, [], told) for at, (model, told) in named
    ]
