"""Every error that pantler raises on purpose."""

from collections.abc import Iterable
from difflib import get_close_matches


class PantlerError(Exception):
    """What went wrong, where, and what to do about it."""


class ConfigError(PantlerError, ValueError):
    """A setting that cannot be used."""


class UnknownPart(ConfigError):
    """A name that no part answers to."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        swapped = [known for known in names if sorted(known) == sorted(name)]  # letters in another order come first
        close = swapped or get_close_matches(name, names, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names) or 'none'}"
        super().__init__(f"no {kind} named {name!r}; {remedy}")


class MissingExtra(PantlerError, ImportError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs optional packages; install them with: pip install 'pantler[{extra}]'")


class TraceError(PantlerError, ValueError):
    """A trace that cannot be read as what it claims to be."""


class CapacityError(ConfigError):
    """A capacity that no cache can have."""


class OutcomeError(PantlerError, ValueError):
    """An outcome or a rating that contradicts what it refers to."""
