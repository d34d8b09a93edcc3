"""The values that pass between the live loop and what stands at the edges: providers, judges, stores.

An ask is a plain class, made and read for every call: compiled, its fields are where machine code knows them to be.
Nobody changes one that another holds.
"""

from collections.abc import Callable
from typing import Any, Protocol

from mypy_extensions import mypyc_attr

from pantler.core.endpoints import Endpoint
from pantler.core.heard import Opinion
from pantler.core.item import FOREVER
from pantler.core.kept import NO_TOKENS, Entry

__all__ = ["NO_TOKENS", "Ask", "Endpoint", "Entry", "Opinion", "Repeats"]


class Repeats(Protocol):
    """Whether a call that failed may be made once more; it is told of each time that it is."""

    @property
    def may_repeat(self) -> bool:
        """Whether nothing but its own failure speaks for or against it."""
        ...

    def repeated(self) -> None:
        """It is made once more."""
        ...


@mypyc_attr(acyclic=True)
class Ask:
    """One call of a model.

    `operation` is "chat", "completion" or "embedding"; `model` the name that the configuration gives it; `body` the
    client's JSON, in which the provider writes its own name for the model and whether it streams. `deadline` is in
    seconds of the monotonic clock; `headers` are the few that may be passed on. `sent` is the body as the client
    spelled it, empty where no client did. A provider that sees the head of an answer come says so by `head_came`, where
    that is given. Where `repeats` is given, that is asked before an upstream is asked the same once more.
    `asker` is whose ask it is, where one is told from another.
    """

    __slots__ = ("asker", "body", "deadline", "head_came", "headers", "model", "operation", "repeats", "sent")

    def __init__(  # noqa: PLR0913, PLR0917 - what one ask has to say
        self,
        operation: str,
        model: str,
        body: dict[str, Any],
        deadline: float = FOREVER,
        headers: tuple[tuple[str, str], ...] = (),
        sent: bytes = b"",
        head_came: Callable[[], object] | None = None,
        repeats: Repeats | None = None,
        asker: str = "",
    ) -> None:
        self.operation = operation
        self.model = model
        self.body = body
        self.deadline = deadline
        self.headers = headers
        self.sent = sent
        self.head_came = head_came
        self.repeats = repeats
        self.asker = asker

    def copy(self) -> "Ask":
        """Another one, to be made what it is to be before anybody has it."""
        return Ask(
            self.operation,
            self.model,
            self.body,
            self.deadline,
            self.headers,
            self.sent,
            self.head_came,
            self.repeats,
            self.asker,
        )

    def of(self, model: str) -> "Ask":
        """The same of another model."""
        other = self.copy()
        other.model = model
        return other
