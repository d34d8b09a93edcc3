"""Shadow caches on a sample of the live keys: what each candidate would have saved.

A key is sampled with chance p = min(1, R/2 max(1, n c / mean n c)), in proportion to its share of the cost, and its
draw is fixed by its hash. A sampled key stands for 1/p like it: it occupies size/p of the capacity, saves cost/p on a
hit, and is ranked by its true cost and size (caching.md section 5). All shadows share one record for each key; where
every shadow holds it, a hit is two sums.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from math import log2
from typing import Final

from mypy_extensions import i64

from pantler.core.order import worth_of
from pantler.core.seams import Score
from pantler.core.sketch import halves

LARGEST_SHARE: Final = 0.5  # of the capacity that one sampled key may occupy
DRAWS: Final = float(2**31)


class Record:
    """A sampled key, with a bit in `mask` for each shadow that holds it."""

    def __init__(self, digest: i64, count: float, cost: float, size: float) -> None:
        self.digest: i64 = digest
        self.count: float = count
        self.since: float = count - 1.0
        self.doubles_at: float = 2.0 * count
        self.cost: float = cost
        self.size: float = size
        self.chance: float = 1.0
        self.occupied: float = size
        self.gain: float = cost
        self.number: i64 = 0
        self.now: float = 0.0
        self.mask: i64 = 0
        self.clocks: list[float] = []


class Shadow:
    """One candidate, run on the sample."""

    def __init__(self, score: Score, place: i64) -> None:
        self.score = score
        self.place: i64 = place
        self.bit: i64 = 1 << place
        self.clock: float = 0.0
        self.used: float = 0.0
        self.saved: float = 0.0
        self.heap: list[tuple[float, i64, i64, Record]] = []
        self._serial: i64 = 0
        self._half_life: float = score.half_life or 0.0
        self._forgets: bool = score.memory is None
        self._ages: bool = score.ages
        self._worth = worth_of(score)

    def hold(self, record: Record, capacity: float) -> list[Record]:
        """Take a record in, evicting what is least; the records that no shadow holds any longer."""
        orphans = self.make_room(capacity - record.occupied)
        record.mask |= self.bit
        record.clocks[self.place] = self.clock
        if self._forgets:
            record.since = record.count - 1.0
        self.used += record.occupied
        self._push(record)
        return orphans

    def make_room(self, room: float) -> list[Record]:
        """Evict until at most `room` is occupied; the records that no shadow holds any longer."""
        orphans: list[Record] = []
        heap = self.heap
        while self.used > room and heap:
            priority, number, _, record = heappop(heap)
            if not record.mask & self.bit:
                continue
            if number != record.number:
                self._push(record)
                continue
            record.mask ^= self.bit
            self.used -= record.occupied
            if self._ages:
                self.clock = max(self.clock, priority)
            if record.mask == 0:
                orphans.append(record)
        return orphans

    def worth(self, record: Record) -> float:
        """The candidate's priority of a record."""
        frequency = frequency_of(self._half_life, self._forgets, record.count, record.since, record.now)
        return self._worth.worth(record.clocks[self.place], frequency, record.cost, record.size, float(record.number))

    def _push(self, record: Record) -> None:
        self._serial += 1
        heappush(self.heap, (self.worth(record), record.number, self._serial, record))


class Contest:
    """The shadows of all candidates, and which of them has saved most of late.

    `target` is about how many residents' worth of keys are sampled; below it every key is.
    """

    def __init__(self, scores: Sequence[Score], target: int) -> None:
        self.shadows = [Shadow(score, place) for place, score in enumerate(scores)]
        self.records: dict[int, Record] = {}
        self.rate: float = 1.0
        self.mean_share: float = 0.0
        self.full: i64 = (1 << len(scores)) - 1
        self.common: float = 0.0
        self._target: float = float(target)
        self._ageing = [shadow for shadow in self.shadows if shadow.score.ages]

    def chance(self, share: float) -> float:
        """The chance with which a key of so much count times cost is sampled."""
        if self.rate >= 1.0:
            return 1.0
        relative = share / self.mean_share if self.mean_share > 0.0 else 1.0
        return min(1.0, 0.5 * self.rate * max(1.0, relative))

    def find(self, digest: i64, count: float, cost: float, size: float) -> Record | None:
        """The record of a key, new where its draw has come in; None while it is not sampled."""
        record = self.records.get(digest)
        if record is not None:
            if cost != record.cost or size != record.size:
                record.cost, record.size = cost, size
                self._weigh(record, record.chance)
            return record
        chance = self.chance(count * cost)
        if draw(digest) >= chance:
            return None
        record = Record(digest, count, cost, size)
        record.clocks = [0.0] * len(self.shadows)
        self._weigh(record, chance)
        return record

    def hit(self, record: Record, number: i64, now: float) -> bool:
        """Count an arrival of a sampled key; False where a shadow does not hold it, so that `settle` must follow."""
        record.count += 1.0
        record.number = number
        record.now = now
        if record.mask != self.full or record.count >= record.doubles_at:
            return False
        for shadow in self._ageing:
            record.clocks[shadow.place] = shadow.clock
        self.common += record.gain
        return True

    def settle(self, record: Record, capacity: float) -> None:
        """Play the last arrival of a record in every shadow: a hit where it is held, an insertion elsewhere."""
        if record.count >= record.doubles_at:
            record.doubles_at = 2.0 * record.count
            self._weigh(record, max(record.chance, self.chance(record.count * record.cost)))
        if record.occupied > LARGEST_SHARE * capacity:
            return
        self.records[record.digest] = record
        held = record.mask
        for shadow in self.shadows:
            if held & shadow.bit:
                shadow.saved += record.gain
                record.clocks[shadow.place] = shadow.clock
            else:
                for orphan in shadow.hold(record, capacity):
                    self.records.pop(orphan.digest, None)

    def resample(self, residents: i64, mean_share: float) -> None:
        """Follow the cache's size: a larger one samples a smaller share of its keys."""
        self.mean_share = mean_share
        rate = min(1.0, self._target / max(1.0, float(residents)))
        if rate > 0.7 * self.rate or (self.rate >= 1.0 and rate > 0.7):
            return
        self.rate = rate
        for record in list(self.records.values()):
            chance = self.chance(record.count * record.cost)
            if draw(record.digest) >= chance:
                self._forget(record)
            elif chance < record.chance:
                self._weigh(record, chance)

    def best(self, current: i64, margin: float) -> i64:
        """The candidate that has saved most, if it leads the current one by more than `margin` of what that saved."""
        leader = max(self.shadows, key=lambda shadow: shadow.saved)
        held = self.shadows[current].saved
        return leader.place if leader.saved - held > margin * (held + self.common) else current

    def fade(self, factor: float) -> None:
        """Let what was saved earlier count less."""
        self.common *= factor
        for shadow in self.shadows:
            shadow.saved *= factor

    def _weigh(self, record: Record, chance: float) -> None:
        """Let a record stand for 1/chance keys."""
        occupied = record.size / chance
        for shadow in self.shadows:
            if record.mask & shadow.bit:
                shadow.used += occupied - record.occupied
        record.chance = chance
        record.occupied = occupied
        record.gain = record.cost / chance

    def _forget(self, record: Record) -> None:
        for shadow in self.shadows:
            if record.mask & shadow.bit:
                shadow.used -= record.occupied
        record.mask = 0
        self.records.pop(record.digest, None)


def draw(digest: i64) -> float:
    """A key's fixed draw from [0, 1)."""
    low, _ = halves(digest ^ 0x5DEECE66D)
    return float(low) / DRAWS


def frequency_of(half_life: float, forgets: bool, count: float, since: float, now: float) -> float:
    """What a candidate ranks by: arrivals since insertion, all of them, or the log2 of all as if at the last touch."""
    if half_life > 0.0:
        return now / half_life + log2(count)
    return count - since if forgets else count
