"""What was fitted to outcomes, as one file that is used whole or not at all.

The file is MessagePack: a name, a version, the BLAKE2b checksum of the rest, and that: the models in their order with
what the appraisers are made of, arrays as (type, shape, bytes).
"""

from collections.abc import Sequence
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pantler.appraisers.mean import Mean
from pantler.appraisers.neighbours import Neighbours
from pantler.appraisers.rates import Rates
from pantler.appraisers.vectors import Vectors
from pantler.appraisers.words import Words
from pantler.core.errors import ConfigError
from pantler.core.seams import Appraiser
from pantler.core.traits import Traits
from pantler.indexes.bits import Bits
from pantler.learning.certifying import Certified
from pantler.learning.erring import Erring
from pantler.texts.lengths import Lengths
from pantler.texts.showing import Sign
from pantler.texts.signs import Signs

NAME = "pantler fitted"
VERSION = 3
AGAIN = "fit it again with: pantler fit OUTCOMES -o FILE"
PLAIN = {"rates": Rates, "words": Words, "vectors": Vectors}


class Fitted(msgspec.Struct, frozen=True):
    """`mean` says how likely each of `models` is wrong, its traits' vectors made by the embedder of that name.

    `price_in`, `price_out` are US dollars per token, `tokens_out` the mean number answered with, in the models' order;
    `lengths` tells it from the traits, where the file was fitted with it. `warning` says why it is not to take the
    static choice's place, empty where it may; `tiers` are models to be asked together, whose agreement pays; `signs`
    says how likely an answer is wrong once it is there, None where the outcomes told too little of answers.
    `guarantees` are certificates of few errors below the reference model, or why there is none. `erring` is how the
    models err together, None where the outcomes did not tell every model's answer.
    """

    models: tuple[str, ...]
    embedder: str
    price_in: tuple[float, ...]
    price_out: tuple[float, ...]
    tokens_out: tuple[float, ...]
    mean: Mean
    lengths: Lengths | None = None
    warning: str = ""
    tiers: tuple[tuple[str, ...], ...] = ()
    signs: Signs | None = None
    guarantees: tuple[Certified, ...] = ()
    erring: Erring | None = None

    def guarantee(self, max_wrong: float, confidence: float) -> Certified | None:
        """The loosest certificate that promises as much; else one that says why not, None where none was sought."""
        sought = [each for each in self.guarantees if each.max_wrong <= max_wrong and each.confidence >= confidence]
        made = [each for each in sought if each.cutoff is not None]
        return max(made or sought, key=lambda each: each.max_wrong, default=None)

    def tokens(self, traits: Traits) -> Sequence[float]:
        """How many tokens each model is expected to answer with."""
        found: Sequence[float] = self.tokens_out if self.lengths is None else self.lengths.tokens([traits])[0].tolist()
        return found

    def score(self, model: str, sign: Sign) -> float:
        """Of an answer by its signs, 0 to 1 as a judge has it; 0 where nothing is known of them."""
        if self.signs is None or model not in self.models:
            return 0.0
        return self.signs.score(self.models.index(model), sign)


class _Sealed(msgspec.Struct, frozen=True):
    name: str
    version: int
    checksum: bytes = b""
    kept: bytes = b""


class _Kept(msgspec.Struct, frozen=True):
    models: tuple[str, ...] = ()
    embedder: str = ""
    charges: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] = ((), (), ())
    parts: tuple[tuple[str, dict[str, Any]], ...] = ()
    mean: tuple[Any, Any, tuple[tuple[Any, Any], ...]] = (None, None, ())
    lengths: dict[str, Any] | None = None
    warning: str = ""
    tiers: tuple[tuple[str, ...], ...] = ()
    signs: dict[str, Any] | None = None
    guarantees: tuple[Certified, ...] = ()
    erring: tuple[Any, Any, Any, Any, float] | None = None
    hopeful: float = 1.0


def write_fitted(fitted: Fitted, path: Path) -> None:
    """Write the file beside and put it in place whole."""
    parts = tuple((_name(part), _taken(part)) for part in fitted.mean.parts)
    curves = tuple((_packed(odds), _packed(chances)) for odds, chances in fitted.mean.curves)
    mean = (_packed(fitted.mean.weights), _packed(fitted.mean.rates), curves)
    charges = (fitted.price_in, fitted.price_out, fitted.tokens_out)
    lengths, signs = (None if part is None else _arrays(part) for part in (fitted.lengths, fitted.signs))
    told = (fitted.warning, fitted.tiers, signs, fitted.guarantees, *_together(fitted.erring))
    kept = msgspec.msgpack.encode(_Kept(fitted.models, fitted.embedder, charges, parts, mean, lengths, *told))
    sealed = _Sealed(NAME, VERSION, _checksum(kept), kept)
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(msgspec.msgpack.encode(sealed))
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; name another file") from error


def read_fitted(path: Path, models: Sequence[str] = ()) -> Fitted:
    """Read a file that `write_fitted` wrote; ConfigError where it is changed, of another version or of other models.

    `models` are those that it must know, in any order; none asks for nothing.
    """
    kept = _unsealed(path)
    missing = sorted(set(models) - set(kept.models))
    if missing:
        raise ConfigError(f"{path} knows nothing of {', '.join(missing)}, only of {', '.join(kept.models)}; {AGAIN}")
    try:
        weights, rates, curves = kept.mean
        pairs = [(_unpacked(odds), _unpacked(chances)) for odds, chances in curves]
        mean = Mean([_made(*part) for part in kept.parts], _unpacked(weights), _unpacked(rates), pairs)
        lengths = None if kept.lengths is None else Lengths(**_arrays_of(kept.lengths))
        signs = None if kept.signs is None else Signs(**_arrays_of(kept.signs))
        found = Fitted(kept.models, kept.embedder, *kept.charges, mean, lengths, kept.warning, kept.tiers, signs)
        erring = None if kept.erring is None else _erring(*kept.erring, kept.hopeful)
        return msgspec.structs.replace(found, guarantees=kept.guarantees, erring=erring)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is damaged ({error}); {AGAIN}") from error


def _unsealed(path: Path) -> _Kept:
    try:
        sealed = msgspec.msgpack.decode(path.read_bytes(), type=_Sealed)
        if sealed.name != NAME:
            raise ConfigError(f"{path} is no file of what was fitted; {AGAIN}")
        if sealed.version != VERSION:
            raise ConfigError(f"{path} is of version {sealed.version}, this pantler reads {VERSION}; {AGAIN}")
        if sealed.checksum != _checksum(sealed.kept):
            raise ConfigError(f"{path} is damaged (it is not what its checksum is of); copy it again, or {AGAIN}")
        return msgspec.msgpack.decode(sealed.kept, type=_Kept)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; {AGAIN}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no file of what was fitted ({error}); {AGAIN}") from error


def _checksum(kept: bytes) -> bytes:
    return blake2b(kept, digest_size=16).digest()


def _name(part: Appraiser) -> str:
    return type(part).__name__.lower()


def _taken(part: Appraiser) -> dict[str, Any]:
    """The arrays that an appraiser is made of; of neighbours the vectors too, at half the precision."""
    if isinstance(part, Neighbours):
        vectors = np.stack([part.index.vector(row) for row in range(len(part.labels))])
        taken = {"vectors": vectors.astype(np.float16), "labels": part.labels, "rates": part.rates}
        return {name: _packed(array) for name, array in taken.items()} | {"count": part.count}
    if not isinstance(part, (Rates, Vectors, Words)):
        raise ConfigError(f"an appraiser {_name(part)!r} cannot be kept; known: {', '.join(PLAIN)}, neighbours")
    return _arrays(part)


def _arrays(part: Rates | Vectors | Words | Lengths | Signs) -> dict[str, Any]:
    return {field.name: _packed(getattr(part, field.name)) for field in fields(part)}


def _together(erring: Erring | None) -> tuple[tuple[Any, Any, Any, Any, float] | None, float]:
    if erring is None:
        return None, 1.0
    spreads, shares, harder, lures = map(_packed, (erring.spreads, erring.shares, erring.harder, erring.lures))
    return (spreads, shares, harder, lures, erring.answers), erring.hopeful


def _erring(spreads: Any, shares: Any, harder: Any, lures: Any, *numbers: float) -> Erring:
    return Erring(_unpacked(spreads), _unpacked(shares), _unpacked(harder), _unpacked(lures), *numbers)


def _arrays_of(taken: dict[str, Any]) -> dict[str, Any]:
    return {name: _unpacked(each) for name, each in taken.items()}


def _made(name: str, taken: dict[str, Any]) -> Appraiser:
    if name != "neighbours":
        made: Appraiser = PLAIN[name](**_arrays_of(taken))
        return made
    vectors = _unpacked(taken["vectors"]).astype(np.float32)
    index = Bits(vectors.shape[1], shortlist=4 * taken["count"])
    for row, vector in enumerate(vectors):
        index.add(row, vector)
    return Neighbours(index, _unpacked(taken["labels"]), _unpacked(taken["rates"]), taken["count"])


def _packed(array: Any) -> tuple[str, tuple[int, ...], bytes]:
    return array.dtype.str, array.shape, array.tobytes()


def _unpacked(kept: Any) -> Any:
    kind, shape, raw = kept
    return np.frombuffer(raw, np.dtype(kind)).reshape(shape)
