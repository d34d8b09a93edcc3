"""What a request asks in words, and what came of comparing it with what is stored."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from pantler.core.asks import Entry
from pantler.core.edges import Embedder
from pantler.core.rows import Neighbour
from pantler.core.types import Key


class Circle(NamedTuple):
    """Whose questions share one promise: an owner's, empty where tenants share; one route's, one operation's."""

    owner: str
    route: str
    operation: str


class Question(msgspec.Struct, frozen=True, gc=False):
    """The last text of a request, and what all the rest of it comes to.

    `scope` is the key of the request with that text blanked: only within it answers are compared. `refusal` names the
    rule by which the text is never matched, empty where none does. `principal` is whose question it is.
    """

    circle: Circle
    scope: Key
    text: str
    principal: str = ""
    refusal: str = ""


class Reading(NamedTuple):
    """What an embedder makes of a question."""

    by: Embedder
    vector: Any


class Asking:
    """A request's question, read only once nothing stored answers it exactly.

    `told` is what the ledger is told of its neighbour, `finding` what a matcher made of it, `beside` the neighbour's
    answer; all None until it was compared. `second` is what a second encoder makes of it, where one was asked;
    `is_appraised` that what its call will cost was looked at, `ground` what certificates stood on as it was compared.
    """

    __slots__ = ("__dict__", "_read", "beside", "finding", "ground", "is_appraised", "second", "told")

    def __init__(self, read: Callable[[], Question]) -> None:
        self._read = read
        self.told: Neighbour | None = None
        self.finding: Any = None
        self.beside: Entry | None = None
        self.second: Reading | None = None
        self.is_appraised = False
        self.ground = ""

    @cached_property
    def question(self) -> Question:
        """What is asked."""
        return self._read()
