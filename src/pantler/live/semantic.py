"""Stored answers for near questions: looked for beside the event loop, within a deadline, after an exact miss only.

Everything that computes runs in one worker's thread, in the order in which it is given: a text that is dropped before
a look is never found by it. What the worker is too slow for is a miss, and nothing waits for it.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import structs

from pantler.core.refusing import fits_rewordings
from pantler.core.rows import Neighbour
from pantler.core.types import Key, Miss, Rating
from pantler.live.asking import Asking, Circle
from pantler.live.circles import Found, Matching
from pantler.live.doubtful import Doubtful
from pantler.live.errands import Errand, Hit, Landing
from pantler.live.intake import Intake
from pantler.live.judging import Judging, doubt
from pantler.live.kept import VERSION, Kept, links, pairs, read, remembered
from pantler.live.likeness import Likeness, Surroundings
from pantler.live.matchings import Matchings
from pantler.live.reports import Report, report
from pantler.live.second import Second
from pantler.live.veils import Veils
from pantler.live.vouching import Vouching
from pantler.live.weighing import bearable_beside
from pantler.live.worker import Worker
from pantler.matching.aliases import Aliases
from pantler.matching.values import Finding

MOST_QUEUED = 10_000  # works of a worker that is stuck; what lands then is not found
MOST_WAITING = 256  # looks at a time; who comes later is a miss
LATE, GONE, DENIED, SERVED, ALIAS = "too_late", "has_left", "said_to_be_wrong", "semantic", "alias"
SNAPSHOT_SECONDS = 10.0

log = logging.getLogger("pantler.live")


class Semantic:
    """Looks for near questions on the routes that `likenesses` names."""

    def __init__(self, around: Surroundings, worker: Worker, reader: Worker) -> None:
        self._around = around
        self._worker = worker
        self._likenesses: Mapping[str, Likeness] = {}
        self._last: dict[str, Likeness] = {}  # also of routes that look no longer
        self._matchings = Matchings(around.chance)  # the worker's own
        self._second = Second(reader, worker, self._matchings)
        self._reasons: dict[Circle, Counter[str]] = defaultdict(Counter)
        self.doubtful = Doubtful()
        self._veils = Veils(around.chance)
        self._where: dict[Key, Circle] = {}
        self._intake = Intake(worker, self._matchings, self._second, self._where)
        self._aliases = Aliases()
        self._denied = Aliases()  # likewise by what somebody said: texts that an entry does not answer
        self._looking: dict[Key, asyncio.Future[None]] = {}
        self._vouching = Vouching(around)
        self._judging = Judging(self._labelled)

    def use(self, likenesses: Mapping[str, Likeness]) -> None:
        """Match by other terms from now on; a circle on another ground begins in shadow, without aliases."""
        self._likenesses = likenesses
        for name, likeness in likenesses.items():
            self._worker.do(partial(self._matchings.load, likeness.embedder))
            self._second.load(likeness.second)
            before, self._last[name] = self._last.get(name, likeness), likeness
            if before.terms.ground != likeness.terms.ground:
                for key in [key for key, circle in self._where.items() if circle.route == name]:
                    self._aliases.drop(key)
            if before.ground != likeness.ground:
                self._intake.begin_anew(name, likeness)

    async def look(self, errand: Errand, miss: Miss) -> Hit | Miss:
        """A stored answer that will do for a query which nothing stored answers exactly, or the miss again."""
        found, asking = await self._looked(errand, miss), errand.asking
        if asking is not None and asking.told is not None:
            self._reasons[asking.question.circle][asking.told.reason] += 1
        return found

    async def _looked(self, errand: Errand, miss: Miss) -> Hit | Miss:
        likeness, key, asking = self._likenesses.get(errand.route.name), errand.query.key, errand.asking
        if likeness is None or asking is None or not errand.wishes.looks or self._around.is_flying(key):
            return miss
        if (alias := self._alias(errand)) is not None:
            return alias
        if asking.question.refusal:
            asking.told = Neighbour(asking.question.refusal)
            return miss
        if (looking := self._looking.get(key)) is not None:
            await asyncio.shield(looking)  # no longer than its own deadline
            if (known := self._known(errand, miss)) is not None:
                return known
        return await self._first(errand, miss, likeness)

    def _known(self, errand: Errand, miss: Miss) -> Hit | Miss | None:
        """What an equal request has come to meanwhile, whose call is under way or has landed; None where to nothing."""
        key = errand.query.key
        if self._around.is_flying(key):
            return miss
        return self._around.look(errand) if self._around.engine.cache.peek(key) is not None else None

    def landed(self, errand: Errand, landing: Landing, *, admitted: bool) -> None:
        """A call has answered: a text to be found where the answer is kept, a label of its neighbour."""
        likeness, asking = self._likenesses.get(errand.route.name), errand.asking
        if likeness is None or asking is None or errand.bypass or asking.question.refusal:
            return
        now = self._around.monotonic()
        self._veils.took(errand, now - errand.began, None if landing.first_at is None else now - landing.first_at)
        key, question = errand.query.key, asking.question
        if admitted and self._worker.waiting < MOST_QUEUED and fits_rewordings(landing.entry.body):
            self._where[key] = question.circle
            self._worker.do(partial(self._matchings.add, likeness.embedder, likeness.terms, question, key))
            self._second.landed(likeness, asking, key)
        finding: Finding | None = asking.finding
        if finding is not None and isinstance(finding.key, int) and finding.key != key and landing.flaw is None:
            beside = asking.beside or self._around.store.get(finding.key)
            if beside is not None:
                self._judging.compare(likeness.judge, errand, finding, (beside, landing.entry))

    def drop(self, key: Key) -> None:
        """The answer has left, or another stands in its place."""
        circle = self._where.pop(key, None)
        if circle is not None:
            self._aliases.drop(key)
            self._denied.drop(key)
            self._have(circle, lambda matching: matching.drop(key))

    def rate(self, key: Key, rating: Rating, asked: Key) -> bool:
        """Somebody's word on a near answer, as it was served to another question; whether that demoted it."""
        circle = self._where.get(key)
        if circle is None or rating.good >= 0.5:
            return False
        self._aliases.drop(key)
        self._denied.add(asked, key)
        self._have(circle, lambda matching: matching.rate(key))
        return True

    def reports(self) -> list[Report]:
        """What each circle promises, and what was seen of it."""
        return [report(each, matching, self._reasons[each]) for each, matching in self._matchings.reports().items()]

    def snapshot(self) -> Any:
        """What was learned, as plain values; called beside the worker, which is asked for it."""
        circles = self._worker.ask(lambda: self._matchings.snapshot(self._intake.left())).result(SNAPSHOT_SECONDS)
        kept = Kept(VERSION, circles, pairs(self._aliases), pairs(self._denied), self.doubtful.listed())
        return msgspec.to_builtins(kept, builtin_types=(bytes,))

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave, of the routes and answers that there are; texts are embedded bit by bit."""
        found = read(kept)
        standing: set[Circle] = set()
        for each in found.circles:
            circle = Circle(*each.circle)
            likeness = self._likenesses.get(circle.route)
            if likeness is not None:
                if each.ground == likeness.terms.ground:
                    standing.add(circle)
                self._worker.do(partial(self._matchings.go_on, likeness.terms, likeness.embedder, each))
                members = list(remembered(each, self._around.engine.cache.residents.__contains__))
                self._where.update((key, circle) for key, _ in members)
                self._intake.remember(likeness, circle, members)
        links(found.aliases, self._aliases, lambda entry: self._where.get(entry) in standing)
        links(found.denied, self._denied, self._where.__contains__)
        self.doubtful.restore(found.doubtful)

    async def settled(self) -> None:
        """Return once every label is judged and both threads have done what they were given so far."""
        await self._judging.settled()
        await asyncio.wrap_future(self._worker.ask(lambda: None))
        await self._second.settled()
        await asyncio.wrap_future(self._worker.ask(lambda: None))
        await asyncio.wrap_future(self._worker.ask(lambda: None))

    def close(self) -> None:
        """Judge nothing more."""
        self._judging.close()
        self._worker.close()
        self._second.close()

    def _have(self, circle: Circle, act: Callable[[Matching], object]) -> None:
        """Have the worker do something with what a circle has."""
        self._worker.do(partial(self._matchings.have, circle, act))

    def _withdraw(self, asking: Asking | None) -> None:
        """A look was too late, or found what has left: if it said that this is to be served, it was not."""
        if asking is not None:
            self._have(asking.question.circle, lambda matching: matching.withdraw(asking.finding))

    def _alias(self, errand: Errand) -> Hit | None:
        aliased = self._aliases.entry(errand.query.key)
        entry = self._veils.entry(errand) if aliased is None else aliased
        if not isinstance(entry, int) or self._denied.entry(errand.query.key) == entry:
            return None
        return self._served(errand, ALIAS, Neighbour(ALIAS, key=f"{entry:032x}", cosine=1.0, wrong=0.0))

    async def _first(self, errand: Errand, miss: Miss, likeness: Likeness) -> Hit | Miss:
        """The look of whoever is the first to ask this very question."""
        key = errand.query.key
        looking = self._looking[key] = asyncio.get_running_loop().create_future()
        try:
            miss = await self._appraised(errand, miss)
            found = await self._found(errand, miss, likeness)
            known = self._known(errand, miss)
            if known is not None or found is None:
                self._withdraw(errand.asking)
                return known or miss
            return self._decided(errand, miss, found)
        finally:
            if self._looking.get(key) is looking:
                del self._looking[key]
            if not looking.done():
                looking.set_result(None)

    async def _found(self, errand: Errand, miss: Miss, likeness: Likeness) -> Found | None:
        """What the worker finds within the deadline."""
        asking, seconds = errand.asking, likeness.deadline_seconds
        assert asking is not None, "who asks nothing is not looked for"
        asking.ground = likeness.terms.ground
        if self._worker.is_late(seconds) or len(self._looking) > MOST_WAITING:
            asking.told = Neighbour(LATE)
            return None
        most = bearable_beside(self._around.engine, miss, self._around.weights(errand.route.name))
        work = partial(self._matchings.look, likeness.embedder, likeness.terms, asking, most)
        try:
            async with asyncio.timeout(seconds):
                return await self._second.found(asking, likeness, work)
        except TimeoutError:
            asking.told = Neighbour(LATE)
        except Exception as error:  # noqa: BLE001 whatever it is, a request does not fail for want of a near one
            asking.told = Neighbour(LATE)
            log.error("a near question was not looked for (%s)", type(error).__name__)
        return None

    async def _appraised(self, errand: Errand, miss: Miss) -> Miss:
        """The miss with what its call is expected to cost, where that is weighed against an error."""
        if errand.asking is None or self._around.weights(errand.route.name).error <= 0.0:
            return miss
        errand.asking.is_appraised = True
        return await self._around.appraise(errand, miss)

    def _decided(self, errand: Errand, miss: Miss, found: Found) -> Hit | Miss:
        asking, finding = errand.asking, found.finding
        assert asking is not None, "who asks nothing is not looked for"
        if not isinstance(finding.key, int):
            asking.told = Neighbour(finding.reason)
            return miss
        asking.beside = self._around.store.get(finding.key)
        decision = "" if asking.beside is None else asking.beside.decision
        asking.told = Neighbour(finding.reason, decision, f"{finding.key:032x}", found.cosine, finding.wrong)
        if not finding.serve:
            return miss
        is_denied = self._denied.entry(errand.query.key) == finding.key
        hit = None if is_denied else self._served(errand, SERVED, asking.told)
        if hit is None:
            asking.told = structs.replace(asking.told, reason=DENIED if is_denied else GONE)
            self._withdraw(asking)
        return hit or miss

    def _served(self, errand: Errand, tier: str, near: Neighbour) -> Hit | None:
        """The stored answer that `near` names, if it is there and fresh enough."""
        around, key, now = self._around, int(near.key, 16), errand.time
        entry = around.store.get(key)
        oldest = errand.wishes.max_age_seconds
        is_fresh = entry is not None and entry.expires > now and (oldest is None or now - entry.stored_at <= oldest)
        if entry is None:
            self.drop(key)
        may_ask = entry is None or entry.tenant == errand.tenant or errand.wishes.calls
        if entry is None or not may_ask or not is_fresh or around.engine.find(key, now) is None:
            return None
        assert errand.asking is not None, "who asks nothing is not looked for"
        errand.asking.told = near = structs.replace(near, decision=entry.decision)
        if tier == SERVED:
            self.doubtful.note(near, errand)
        veil = None if entry.tenant == errand.tenant else self._veils.over(errand, key)
        return Hit(entry, tier, near.reason, near, veil)

    def _labelled(self, errand: Errand, finding: Finding, right: bool) -> None:
        """Somebody has said whether a fresh answer agrees with the neighbour's."""
        name, asking, key = errand.route.name, errand.asking, errand.query.key
        assert asking is not None, "who asks nothing has no label"
        if asking.ground != self._last[name].terms.ground:  # what was begun before a reload tells nothing of this trial
            return
        likeness, question = self._likenesses.get(name), asking.question
        if right:
            self._denied.drop_alias(key)
        self._have(question.circle, lambda matching: matching.learn(finding, right, key, question))
        if finding.audit:
            self._vouching.audited(errand, finding, right)
        if likeness is None or likeness.terms.is_shared or not right or finding.row is None:
            return
        is_sure = doubt(finding.wrong, likeness.terms.judge_error) <= likeness.terms.per_request
        if is_sure and finding.key in self._where:
            self._aliases.add(key, finding.key)
