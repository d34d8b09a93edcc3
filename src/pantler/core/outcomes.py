"""What became of a query that was asked.

A plain class, made and read for every call: compiled, its fields are where machine code knows them to be. Nobody
changes one that another holds.
"""

from typing import TYPE_CHECKING

from mypy_extensions import mypyc_attr

from pantler.core.item import FOREVER

if TYPE_CHECKING:
    from pantler.core.types import Fails, Plan, Query


@mypyc_attr(acyclic=True)
class Outcome:
    """What answering a query cost.

    `cost` is that of the answer which was kept, in what policies and multiplexers rank by (price + latency + penalty).
    `charges` holds (model, cost) for every model asked where that was more than this one: the feedback is partial, no
    other model's cost is seen. `wrong` is the chance that the answer is wrong, where anything is known of it.
    `seconds` are those waited for each of the models charged, in the same order, and part of its cost; `plan` is the
    one that was followed, where it was more than this model. `text` is a digest of what the answer says, equal for
    answers that say the same, 0 where nobody has compared; `texts` are those of all models charged, in the same order,
    where they were weighed against each other. `beside` is as the call has it, `fails` as the miss. `decision` names
    the request, where a rating may come to speak of it.
    """

    __slots__ = (
        "beside", "cacheable", "charges", "cost", "decision", "expires", "fails", "model", "plan", "query", "seconds",
        "size_bytes", "text", "texts", "wrong",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913, PLR0917 - what one call has to say
        self,
        query: "Query",
        model: str,
        cost: float,
        charges: tuple[tuple[str, float], ...] = (),
        size_bytes: int | None = None,
        wrong: float | None = None,
        cacheable: bool = True,
        expires: float = FOREVER,
        seconds: tuple[float, ...] = (),
        plan: "Plan | None" = None,
        text: int = 0,
        texts: tuple[int, ...] = (),
        beside: bool = False,
        fails: "Fails | None" = None,
        decision: str = "",
    ) -> None:
        self.query = query
        self.model = model
        self.cost = cost
        self.charges = charges
        self.size_bytes = size_bytes
        self.wrong = wrong
        self.cacheable = cacheable
        self.expires = expires
        self.seconds = seconds
        self.plan = plan
        self.text = text
        self.texts = texts
        self.beside = beside
        self.fails = fails
        self.decision = decision

    def copy(self) -> "Outcome":
        """Another one, to be made what it is to be before anybody has it."""
        return Outcome(
            self.query,
            self.model,
            self.cost,
            self.charges,
            self.size_bytes,
            self.wrong,
            self.cacheable,
            self.expires,
            self.seconds,
            self.plan,
            self.text,
            self.texts,
            self.beside,
            self.fails,
            self.decision,
        )

    @property
    def said(self) -> tuple[tuple[str, int], ...]:
        """(model, digest) of every answer of which there is a digest."""
        if self.texts:
            return tuple(zip([model for model, _ in self.charged], self.texts, strict=True))
        return ((self.model, self.text),) if self.text else ()

    @property
    def charged(self) -> tuple[tuple[str, float], ...]:
        """(model, cost) for every model asked."""
        return self.charges or ((self.model, self.cost),)
