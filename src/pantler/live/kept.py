"""What was learned of near questions as plain values, and circles that go on from there.

The questions' own words are among them, for they are embedded anew: the file is its owner's alone, as the answers are.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from pantler.core.errors import StoreError
from pantler.core.packing import packed
from pantler.core.types import Key
from pantler.live.asking import Circle
from pantler.live.circles import Counts, Matching
from pantler.live.doubtful import Doubt
from pantler.live.members import Member
from pantler.live.observed import Observed
from pantler.matching.aliases import Aliases

VERSION = 2


class KeptMember(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A question that can be found."""

    key: bytes
    scope: bytes
    text: str
    principal: str
    voters: tuple[str, ...]

    def member(self) -> tuple[Key, Member]:
        """With the key of its answer."""
        return int.from_bytes(self.key), Member(
            int.from_bytes(self.scope), self.text, self.principal, frozenset(self.voters)
        )


class KeptCircle(msgspec.Struct, frozen=True, gc=False):
    """A circle with its questions, its matcher's own knowledge, what that stands on, the counts of its report."""

    circle: tuple[str, str, str]
    members: list[KeptMember]
    matcher: Any
    served: int
    audited: tuple[int, float, float, float]
    in_shadow: tuple[int, float, float, float]
    ground: str = ""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """The whole of it; aliases, and texts that were denied, with the key of the entry that answers them or does not."""

    version: int
    circles: list[KeptCircle]
    aliases: list[tuple[bytes, bytes]]
    denied: list[tuple[bytes, bytes]] = []
    doubtful: list[Doubt] = []


def kept_circle(circle: Circle, matching: Matching, left: Sequence[tuple[Key, Member]]) -> KeptCircle:
    """What is kept of a circle, with questions that are left to be taken in, but for those that came anew."""
    served, audited, in_shadow = matching.counts
    waiting = [(key, member) for key, member in left if key not in matching.members]
    return KeptCircle(
        (circle.owner, circle.route, circle.operation),
        [_kept_member(key, member) for key, member in (*matching.members.items(), *waiting)],
        matching.matcher.snapshot(),
        served,
        _sums(audited),
        _sums(in_shadow),
        matching.terms.ground,
    )


def read(kept: Any) -> Kept:
    """What was kept; StoreError where it is of another version, msgspec.ValidationError where it is none."""
    found = msgspec.convert(kept, Kept)
    if found.version != VERSION:
        raise StoreError(
            f"it has version {found.version}, not {VERSION}: the questions of near hits, their labels and promises "
            "begin anew in shadow, stored answers stay"
        )
    return found


def go_on(matching: Matching, kept: KeptCircle) -> None:
    """Let a new matching know what was known, but for its questions."""
    counts = Counts(kept.served, Observed(*kept.audited), Observed(*kept.in_shadow))
    matching.go_on(kept.matcher, counts, kept.ground)


def remembered(kept: KeptCircle, is_stored: Callable[[Key], bool]) -> Iterator[tuple[Key, Member]]:
    """The questions whose answers are stored still."""
    for each in kept.members:
        key, member = each.member()
        if is_stored(key):
            yield key, member


def pairs(aliases: Aliases) -> list[tuple[bytes, bytes]]:
    """Texts with the entries they belong to, as they are kept."""
    return [(packed(alias), packed(entry)) for alias, entry in aliases.items()]


def links(kept: Sequence[tuple[bytes, bytes]], aliases: Aliases, stands: Callable[[Key], bool]) -> None:
    """Let aliases have what was kept of them, of the entries that stand."""
    for alias, entry in ((int.from_bytes(one), int.from_bytes(other)) for one, other in kept):
        if stands(entry):
            aliases.add(alias, entry)


def _kept_member(key: Key, member: Member) -> KeptMember:
    return KeptMember(packed(key), packed(member.scope), member.text, member.principal, tuple(sorted(member.voters)))


def _sums(observed: Observed) -> tuple[int, float, float, float]:
    return observed.labels, observed.weights, observed.squares, observed.wrong
