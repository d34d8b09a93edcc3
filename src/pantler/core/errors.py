"""Every error that pantler raises on purpose."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class PantlerError(Exception):
    """What went wrong, where, and what to do about it."""


class ConfigError(PantlerError, ValueError):
    """A setting that cannot be used."""


class WrongKind(ConfigError, TypeError):
    """An argument of a kind that a call has no use for."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file: the table it is in, the key (empty for the table itself), what is wrong, what to do."""

    table: str
    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.table, self.key) if part)
        return f"{place}: {self.wrong}; {self.remedy}" if place else f"{self.wrong}; {self.remedy}"


class BadConfig(ConfigError):
    """A configuration that is refused as a whole, with every mistake that was found in it."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(f"{file}: {mistake}" for mistake in self.mistakes))


class UnknownPart(ConfigError):
    """A name that no part answers to."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        super().__init__(f"no {kind} named {name!r}; {meant(str(name), known)}")


def meant(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that is not known: the nearest one, else all of them."""
    names = sorted(known)
    swapped = [known for known in names if sorted(known) == sorted(name)]  # letters in another order come first
    close = swapped or get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names) or 'none'}"


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


class ProviderError(PantlerError):
    """An answer that a provider could not bring.

    `status` is the upstream's own HTTP status, or None where there was none; `body` its answer as it came, for a 4xx
    to stay what it was, and for an answer that is of no use to be paid for. `kind` is one of "refused", "timeout",
    "cut", "garbage", "status", "overloaded" (by the upstream's own word), and of calls that were not made "stopped" (by
    the breaker) and "no_turn" (the queue was full, or its wait too long); `may_retry` says whether the same call may be
    tried again, `retry_after_seconds` how long the upstream asked to wait. It is `unreached` where no connection came
    about, as where it is "refused".
    """

    def __init__(  # noqa: PLR0913 - what an upstream may say of its failure
        self,
        message: str,
        *,
        kind: str,
        status: int | None = None,
        body: bytes = b"",
        may_retry: bool = False,
        retry_after_seconds: float | None = None,
        unreached: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.unreached = unreached or kind == "refused"
        self.status = status
        self.body = body
        self.may_retry = may_retry
        self.retry_after_seconds = retry_after_seconds


class CallsItself(PantlerError, RuntimeError):
    """A cached function that asks for the result of the very call that it is making, and would wait for ever."""

    def __init__(self, function: str) -> None:
        super().__init__(
            f"{function} asked for the result of a call of it that waits for this very one; "
            "end the recursion, or call its __wrapped__, which remembers nothing"
        )


class StoreError(PantlerError):
    """Bytes that a store could not keep or bring back; the data path goes on without them."""


class DeadlinePassed(PantlerError):
    """An answer that did not come in the time that its request had."""


class EndedFirst(PantlerError):
    """An answer that was still under way when the process had to end."""


class ClientLeft(PantlerError):
    """A client that closed its connection before it was answered."""


class Unasked(PantlerError):
    """What was to be asked beside a request is not, since nothing is left for it or others need the room."""
