"""What to generate, in one line: `zipf:alpha=0.9,keys=1000000,requests=10000000,seed=1`."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pantler.core.errors import ConfigError, UnknownPart

LAWS = ("zipf", "power")
DRAWS = ("unit", "lognormal", "tokens")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A workload to make.

    law        zipf or power, the popularity of the keys with exponent `alpha`
    file       token statistics to draw sizes and costs from, or None
    keys       how many keys there are before the flood, requests how many are asked
    drift      the share of the keys that swap ranks after every `epoch` requests, 0..1
    flood      the share of requests for keys that come only once, 0..1
    sizes      unit (1 byte), lognormal (answers of 1 to 4,096 tokens) or tokens (from the file)
    costs      unit (1), lognormal (tokens, 20 times for 30 % of the keys) or tokens (from the file)
    models     price ratios, one cost column each; None for one column
    input_price   what an input token costs, in output tokens, where costs are from the file
    """

    law: str = "zipf"
    file: str | None = None
    alpha: float = 0.9
    keys: int = 100_000
    requests: int = 1_000_000
    seed: int = 1
    drift: float = 0.0
    epoch: int = 100_000
    flood: float = 0.0
    sizes: str = "lognormal"
    costs: str = "lognormal"
    models: tuple[float, ...] | None = None
    input_price: float = 0.25


def parse_spec(text: str) -> Spec:
    """The workload that `text` asks for: `zipf:...`, `power:...` or `from:FILE,...` with name=value options.

    Raises ConfigError naming the option and the remedy.
    """
    kind, colon, rest = text.partition(":")
    if kind != "from" and kind not in LAWS:
        raise UnknownPart("generator", kind, ("from", *LAWS))
    parts = [part for part in re.split(r",(?=\w+=)", rest) if part]
    given: dict[str, Any] = {"law": kind}
    if kind == "from":
        if not parts or not colon:
            raise ConfigError("generator 'from' needs a file; write for example from:conv.csv.xz,keys=10000")
        given = {"file": parts.pop(0), "sizes": "tokens", "costs": "tokens"}
    return _checked(Spec(**{**given, **_options(parts)}))


def _options(parts: Iterable[str]) -> dict[str, Any]:
    """The options by name; each may stand once."""
    given: dict[str, Any] = {}
    for part in parts:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise ConfigError(f"generator option {part!r} has no value; write name=value, options apart by commas")
        if name in given:
            raise ConfigError(f"generator option {name} stands twice; give it once")
        given[name] = _option(name, value)
    return given


def _option(name: str, value: str) -> Any:
    """The value of one option; Any because each option has its own type."""
    if name not in _PARSERS:
        raise UnknownPart("generator option", name, _PARSERS)
    try:
        return _PARSERS[name](value)
    except ValueError as error:
        raise ConfigError(f"generator option {name}={value}: {error}; give {_MEANS[name]}") from error


def _checked(spec: Spec) -> Spec:
    for name, is_fine in _LIMITS.items():
        if not is_fine(spec):
            raise ConfigError(f"generator option {name}={getattr(spec, name)}: out of range; give {_MEANS[name]}")
    if "tokens" in (spec.sizes, spec.costs) and spec.file is None:
        raise ConfigError("generator: sizes or costs from tokens need token statistics; write from:FILE,... instead")
    return spec


def _whole(value: str) -> int:
    number = float(value.replace("_", ""))
    if not number.is_integer():
        raise ValueError("no whole number")
    return int(number)


def _one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in names:
            raise ValueError("not known")
        return value

    return parse


def _ratios(value: str) -> tuple[float, ...]:
    return tuple(float(ratio) for ratio in value.split("/"))


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "law": _one_of(LAWS),
    "alpha": float,
    "keys": _whole,
    "requests": _whole,
    "seed": _whole,
    "drift": float,
    "epoch": _whole,
    "flood": float,
    "sizes": _one_of(DRAWS),
    "costs": _one_of(DRAWS),
    "models": _ratios,
    "input_price": float,
}
_MEANS: Mapping[str, str] = {
    "law": "zipf or power",
    "alpha": "a number above 0",
    "keys": "a whole number from 1 to 1e9",
    "requests": "a whole number from 1 to 2e9",
    "seed": "a whole number from 0",
    "drift": "a share of the keys, 0 to 1",
    "epoch": "a whole number of requests from 1",
    "flood": "a share of the requests, 0 to 1",
    "sizes": "unit, lognormal or tokens",
    "costs": "unit, lognormal or tokens",
    "models": "price ratios above 0 apart by '/', for example 1/20",
    "input_price": "a number from 0",
}
_LIMITS: Mapping[str, Callable[[Spec], bool]] = {
    "alpha": lambda spec: 0 < spec.alpha < 100,
    "keys": lambda spec: 1 <= spec.keys <= 10**9,
    "requests": lambda spec: 1 <= spec.requests <= 2 * 10**9,
    "seed": lambda spec: spec.seed >= 0,
    "drift": lambda spec: 0 <= spec.drift <= 1,
    "epoch": lambda spec: spec.epoch >= 1,
    "flood": lambda spec: 0 <= spec.flood <= 1,
    "models": lambda spec: spec.models is None or all(0 < ratio < 1e9 for ratio in spec.models),
    "input_price": lambda spec: 0 <= spec.input_price < 1e9,
}
