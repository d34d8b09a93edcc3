"""The policy that shadow caches of its candidates find best on the stream at hand."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, ClassVar, Final

import msgspec
from mypy_extensions import i64

from pantler.core.byte_sketch import ByteSketch
from pantler.core.contest_state import AutoState, NoteState, contest_state, restore_contest
from pantler.core.heap import heapify
from pantler.core.item import GONE, Item
from pantler.core.order import worth_of
from pantler.core.packing import packed
from pantler.core.pieces import Many
from pantler.core.ranking import Ranking
from pantler.core.seams import Score
from pantler.core.shadows import Contest, Record, frequency_of

TARGET: Final = 512  # residents whose keys are all sampled; of a larger cache as many, in proportion to cost
MARGIN: Final = 0.01  # by which a candidate must have saved more before it takes over
REVIEW: Final = 128  # arrivals between two reviews at least, otherwise as many as there are residents
MEMORY: Final = 16.0  # reviews after which what was saved counts half
PENDING: Final = 4096  # touches that may wait for the next insertion
GLANCE: Final = 512  # residents that are looked at for the mean share of the cost


class Note:
    """What `auto` knows of a resident beyond its rank: lifetime count, count before it came, its sampled record."""

    def __init__(self, count: float) -> None:
        self.count: float = count
        self.since: float = count - 1.0
        self.doubles_at: float = 2.0 * count
        self.record: Record | None = None


class Auto(Ranking):
    """Ranks by one of its candidates at a time, and changes over when a shadow leads by a margin (theory 2.4).

    A change keeps every resident: their counts serve all candidates, so that one heapify re-ranks them.
    """

    candidates: ClassVar[tuple[tuple[str, dict[str, Any]], ...]] = (
        ("gdsf_remembered", {}),
        ("gdsf", {}),
        ("lec_open", {}),
        ("lec_decayed", {"half_life": 4.0}),
        ("lec_decayed", {"half_life": 32.0}),
        ("lru", {}),
    )

    def __init__(self, scores: Sequence[Score], *, hashed: Callable[[Any], int] = hash) -> None:
        super().__init__(scores[0], hashed=hashed)
        self._memory = ByteSketch()
        self._sketch = self._memory
        self._plain = True  # counts are plain whatever the candidate makes of them
        self._scores = tuple(scores)
        self._contest = Contest(scores, TARGET)
        self._current: i64 = 0
        self._used: i64 = 0
        self._arrivals: i64 = 0
        self._next_review: i64 = REVIEW
        self._pending: list[tuple[Item, i64, float]] = []
        self._forgets: bool = False
        self._take_up(self.score)

    def arrive(self, key: Hashable) -> float:
        """Count an arrival of an absent key in the memory that all candidates share."""
        self._pass_time()
        return super().arrive(key)

    def count(self, item: Item) -> float:
        """How often its query has come, whatever the candidate in charge makes of it."""
        note: Note = item.notes
        return note.count

    def touch(self, item: Item, number: i64) -> None:
        """Write what a hit changes; in the shadows it waits for the next insertion, unless all of them hold the key."""
        self._pass_time()
        note: Note = item.notes
        note.count += 1.0
        frequency = self._ranked_by(note, self.now)
        if item.touched == GONE:  # another thread has taken it out since it was found
            return
        item.frequency = frequency
        item.clock = self.clock
        item.touched = number
        if note.record is not None:
            if self._contest.hit(note.record, number, self.now):
                return
        elif note.count < note.doubles_at:
            return
        note.doubles_at = 2.0 * note.count
        if len(self._pending) < PENDING:
            self._pending.append((item, number, self.now))

    def admit(self, newcomer: Item, excess: i64) -> Sequence[Item] | None:
        """Insert the newcomer in place of the least valuable items; then let the shadows do likewise."""
        victims = super().admit(newcomer, excess)
        note: Note = newcomer.notes
        capacity = float(self._used + newcomer.size - excess)
        self._used += newcomer.size
        for victim in victims or ():
            self._used -= victim.size
        self._settle_pending(capacity)
        self._play(newcomer, note, capacity)
        if self._arrivals >= self._next_review:
            self._review()
        return victims

    def discard(self, item: Item) -> None:
        """Forget a resident item; its count stays in the memory."""
        self._used -= item.size
        super().discard(item)

    def snapshot(self) -> AutoState:
        """What the shadows and the notes know; the ranks are the ranking's."""
        here = [item for item in list(self._heap) if item.touched != GONE]
        return AutoState(
            self._current,
            self._arrivals,
            self._next_review,
            [(packed(item.key), number, now) for item, number, now in list(self._pending) if item.touched != GONE],
            Many(self._noted, here),  # type: ignore[arg-type]  # which becomes that list
            contest_state(self._contest),
        )

    def restore(self, kept: Any) -> None:
        """Go on from a snapshot, once the ranking has its items."""
        state = msgspec.convert(kept, AutoState)
        restore_contest(self._contest, state.contest)
        notes = {note.key: note for note in state.notes}
        items = {packed(item.key): item for item in self._heap}
        for key, item in items.items():
            kept_note = notes.get(key)  # None for an item that came while the snapshot was taken
            item.notes = Note(max(1.0, item.frequency)) if kept_note is None else self._note(kept_note)
        self._pending = [(items[key], number, now) for key, number, now in state.pending if key in items]
        self._current, self._arrivals, self._next_review = state.current, state.arrivals, state.next_review
        self._used = sum(item.size for item in self._heap)
        self.score = self._scores[self._current]
        self._take_up(self.score)

    def _noted(self, item: Item) -> NoteState:
        note: Note = item.notes
        record = note.record
        held = record is not None and self._contest.records.get(record.digest) is record
        digest = None if record is None else record.digest
        return NoteState(packed(item.key), note.count, note.since, note.doubles_at, digest, held)

    def _note(self, kept: NoteState) -> Note:
        note = Note(kept.count)
        note.since, note.doubles_at = kept.since, kept.doubles_at
        if kept.record is not None:
            forgotten = Record(kept.record, kept.count, 0.0, 0.0)  # held by no shadow: `settle` looks for its key anew
            note.record = self._contest.records.get(kept.record, forgotten) if kept.held else forgotten
        return note

    def _pass_time(self) -> None:
        self._arrivals += 1
        self.now += 1.0 / float(max(1, len(self._heap) - self._gone))

    def _ranked_by(self, note: Note, now: float) -> float:
        return frequency_of(self._half_life, self._forgets, note.count, note.since, now)

    def _greet(self, newcomer: Item) -> None:
        if self._has_just_come(newcomer):
            count = self._arrived_count
        else:  # put without having been asked for
            self._pass_time()
            count = self._memory.read(newcomer.digest)
        note = Note(max(1.0, float(count)))
        newcomer.notes = note
        frequency = self._ranked_by(note, self.now)
        if newcomer.frequency < frequency:
            newcomer.frequency = frequency

    def _remember(self, item: Item) -> None:
        note: Note = item.notes
        self._memory.write(item.digest, int(note.count))

    def _settle_pending(self, capacity: float) -> None:
        """Play the touches that have waited in the shadows."""
        pending, self._pending = self._pending, []
        for item, number, now in pending:
            note: Note = item.notes
            known = note.record
            record = self._contest.find(item.digest, note.count, item.cost, float(item.size))
            note.record = record
            if record is not None:
                if record is not known:
                    record.number, record.now = number, now
                self._contest.settle(record, capacity)

    def _play(self, newcomer: Item, note: Note, capacity: float) -> None:
        """Play an insertion in the shadows, if its key is sampled."""
        digest = newcomer.digest
        record = self._contest.records.get(digest)
        if record is not None:
            record.count += 1.0
        record = self._contest.find(digest, note.count, newcomer.cost, float(newcomer.size))
        note.record = record
        if record is not None:
            record.number, record.now = newcomer.touched, self.now
            self._contest.settle(record, capacity)

    def _review(self) -> None:
        """Follow the cache's size with the sample, and change over to a candidate that leads."""
        residents = len(self._heap) - self._gone
        step = max(REVIEW, residents)
        self._next_review = self._arrivals + step
        self._contest.resample(residents, self._mean_share())
        leader = self._contest.best(self._current, MARGIN)
        if leader != self._current:
            self._change_over(leader)
        self._contest.fade(0.5 ** (1.0 / MEMORY))

    def _mean_share(self) -> float:
        """The mean count times cost of the residents, over a glance at some of them."""
        glance = self._heap[:: max(1, len(self._heap) // GLANCE)]
        shares: list[float] = [item.notes.count * item.cost for item in glance if item.touched != GONE]
        return sum(shares) / max(1, len(shares))

    def _change_over(self, leader: i64) -> None:
        """Rank every resident by another candidate in one heapify; the clock starts anew."""
        self._current = leader
        self.score = self._scores[leader]
        self._take_up(self.score)
        self.clock = 0.0
        self._heap = [item for item in self._heap if item.touched != GONE]
        self._gone = 0
        latest = max((item.touched for item in self._heap), default=0)
        for item in self._heap:
            now = self.now - float(latest - item.touched) / len(self._heap)
            item.frequency = self._ranked_by(item.notes, now)
            self._value(item, 0.0)
        heapify(self._heap)

    def _take_up(self, score: Score) -> None:
        self._worth = worth_of(score)
        self._ages = score.ages
        self._half_life = score.half_life or 0.0
        self._forgets = score.memory is None
