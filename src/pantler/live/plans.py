"""Runs a plan: asks its models in order until a judge keeps an answer, then the fallbacks if none answered.

A plan in tiers asks all models of a tier at once, the next tier where the judge keeps none of its answers. Nobody hears
a last tier of one; of several the last stands if the judge keeps none.

An answer that a judge has still to hear is held until it is whole; a stream of it is then made by `split`. An answer
that nobody judges, such as the last model's, streams through as it comes.

The same model may stand in a plan more than once: with the judge `agreement` it is asked until enough answers agree.
As many answers as a judge needs before it keeps any are asked for at once, and heard in the plan's order.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

import msgspec

from pantler.core.asks import Ask
from pantler.core.edges import Comparing
from pantler.core.errors import ProviderError
from pantler.core.rows import Asked
from pantler.core.types import Plan
from pantler.judges._beside import seen
from pantler.live.means import Answered, Means
from pantler.live.piecewise import pieces as pieces_of
from pantler.live.reckoning import Reckoning
from pantler.live.single import whole

ELSEWHERE = frozenset({401, 402, 403, 404, 408, 410, 429})  # below 500, yet another model may answer: decision 26

Emit = Callable[[str, bytes], None]


async def run(plan: Plan, ask: Ask, means: Means, asked: list[Asked], emit: Emit | None = None) -> Answered:
    """The answer of `plan` to `ask`; every call that was made is added to `asked` once it ends, however it ends.

    With `emit` the answer is streamed: it gets the model and each piece as it comes. Raises ProviderError, the first
    model's own, where neither a model nor a fallback answered; once a piece was emitted any failure is final.
    """
    return await _Run(plan, ask, means, asked, emit).answer()


def stand_in(failure: ProviderError, plan: Plan, ask: Ask, means: Means, asked: list[Asked]) -> Awaitable[Answered]:
    """What `run` goes on with once the only model of a plan has failed, not finally: the fallbacks, one by one."""
    going_on = _Run(plan, ask, means, asked, None)
    going_on.failure = failure
    return going_on.unjudged()


def is_final(error: ProviderError) -> bool:
    """Whether it speaks of the ask, which no other model would answer either."""
    status = error.status
    return status is not None and 400 <= status < 500 and status not in ELSEWHERE


def given_out(answered: Answered, split: Callable[[bytes], Sequence[bytes]], emit: Emit | None) -> Answered:
    """A whole answer, given out as pieces too where they are wanted."""
    if emit is None:
        return answered
    pieces = tuple(split(answered.body))
    for piece in pieces:
        emit(answered.model, piece)
    return msgspec.structs.replace(answered, pieces=pieces)


class _Run:
    def __init__(self, plan: Plan, ask: Ask, means: Means, asked: list[Asked], emit: Emit | None) -> None:
        self._plan = plan
        self._ask = ask
        self._means = means
        self._asked = asked
        self._emit = emit
        self._emitted = False
        self._held: list[Answered] = []  # judged and not kept
        self.failure: ProviderError | None = None

    async def answer(self) -> Answered:
        judges = self._means.judge is not None and self._plan.keep_threshold is not None
        if judges and self._plan.tiers:
            return await self._by_tiers()
        *first, last = self._plan.models
        at_once = self._at_once(first) if judges else []
        if at_once and (answered := await self._heard(at_once)) is not None:
            return answered
        for model in first[len(at_once) :]:
            if (answered := await self._tried(model, judged=judges)) is not None:
                return answered
        return await self.unjudged(last)

    async def _by_tiers(self) -> Answered:
        places = iter(self._plan.models)
        *first, last = [[next(places) for _ in range(size)] for size in self._plan.tiers]
        for tier in (*first, *([last] if len(last) > 1 else [])):
            if (answered := await self._heard(tier)) is not None:
                return answered
        if len(last) == 1:
            return await self.unjudged(*last)
        held = [each for each in self._held if each.model in last]
        return self._told(held[-1]) if held else await self.unjudged()

    async def unjudged(self, *models: str) -> Answered:
        """The first of the models and the fallbacks that answers; else the best that was not kept."""
        for model in (*models, *(model for model in self._means.fallbacks if model not in self._plan.models)):
            if (answered := await self._tried(model, judged=False)) is not None:
                return answered
        return self._told(self._best_held())

    async def _tried(self, model: str, *, judged: bool) -> Answered | None:
        """The model's answer; None where it failed or the judge does not keep it."""
        ask = self._ask.of(model)
        if judged:
            return await self._survived(self._judged(ask))
        call = whole(ask, self._means, self._asked) if self._emit is None else self._streamed(ask, self._emit)
        return await self._survived(call)

    async def _survived(self, call: Awaitable[Answered | None]) -> Answered | None:
        """What a call comes to; None where it failed in a way that another model may not."""
        try:
            return await call
        except ProviderError as error:
            if self._emitted or is_final(error):
                raise
            self.failure = self.failure or error
            return None

    async def _streamed(self, ask: Ask, emit: Emit) -> Answered:
        came: list[bytes] = []
        with Reckoning(ask, self._means.price_of, self._asked) as reckoning:
            async with aclosing(pieces_of(self._means.upstreams[ask.model], ask, reckoning.timing)) as stream:
                async for piece in stream:
                    reckoning.piece(piece)
                    came.append(piece)
                    self._emitted = True
                    emit(ask.model, piece)
        return Answered(ask.model, pieces=tuple(came))

    def _at_once(self, models: Sequence[str]) -> Sequence[str]:
        """Those whose answers are all needed before the judge may keep one; none where it hears them one by one."""
        judge = self._means.judge
        fewest = judge.fewest if isinstance(judge, Comparing) else 1
        return models[:fewest] if fewest > 1 else ()

    async def _heard(self, models: Sequence[str]) -> Answered | None:
        """Ask all the models at once; the answer that the judge keeps once it has heard them in their order."""
        asks = [self._ask.of(model) for model in models]
        lists: list[list[Asked]] = [[] for _ in asks]
        calls = [asyncio.ensure_future(whole(ask, self._means, made)) for ask, made in zip(asks, lists, strict=True)]
        try:
            for ask, call, made in zip(asks, calls, lists, strict=True):
                if (answered := await self._survived(self._opinion(ask, call, made))) is not None:
                    return answered
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            self._asked += [each for made in lists for each in made]
        return None

    async def _judged(self, ask: Ask) -> Answered | None:
        return await self._opinion(ask, whole(ask, self._means, self._asked), self._asked)

    async def _opinion(self, ask: Ask, call: Awaitable[Answered], made: list[Asked]) -> Answered | None:
        """The answer if the judge keeps it; what it shows is noted with the call, the last one `made`."""
        answered = await call
        judge, threshold = self._means.judge, self._plan.keep_threshold
        assert judge is not None
        assert threshold is not None
        answers = [*(held.body for held in self._held), answered.body]
        opinion = await judge.judge(ask, answers)
        shown = opinion.shown or (await seen(ask, answers)).kept()
        made[-1] = msgspec.structs.replace(made[-1], shown=shown)
        answered = msgspec.structs.replace(answered, opinion=opinion)
        if opinion.score >= threshold:
            return self._told(answered)
        self._held.append(answered)
        return None

    def _told(self, answered: Answered) -> Answered:
        """A whole answer, given out as pieces too where they are wanted."""
        return given_out(answered, self._means.split, self._emit)

    def _best_held(self) -> Answered:
        """A poor answer is better than none."""
        if self._held:
            return max(self._held, key=lambda held: held.opinion.score if held.opinion else 0.0)
        assert self.failure is not None  # no model has answered
        try:
            raise self.failure
        finally:
            self.failure = None  # whose frames hold this run
