"""The texts of one circle that may be matched, each in its scope, with who vouches for its answer."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from pantler.core.edges import Index
from pantler.core.types import Key


class Member(msgspec.Struct, frozen=True, gc=False):
    """A text whose answer is stored; `voters` are the principals whose own call brought such an answer."""

    scope: Key
    text: str
    principal: str
    voters: frozenset[str]


class Members:
    """At most `most`, the oldest making room; of one principal's at most `quota`, its own oldest making room."""

    def __init__(self, make: Callable[[], Index], most: int, quota: int) -> None:
        self._make = make
        self._most = most
        self._quota = quota
        self._members: OrderedDict[Key, Member] = OrderedDict()  # whose first is found at once, unlike a dict's
        self._scopes: dict[Key, Index] = {}
        self._of: dict[str, OrderedDict[Key, None]] = {}  # by principal, oldest first
        self._asking: dict[Key, Counter[str]] = {}  # by scope, how many texts are each principal's

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, key: Key) -> bool:
        return key in self._members

    def __getitem__(self, key: Key) -> Member:
        return self._members[key]

    def items(self) -> list[tuple[Key, Member]]:
        """All of them, oldest first."""
        return list(self._members.items())

    def add(self, key: Key, member: Member, vector: Any) -> list[Key]:
        """Take a text in, in place of what its key had; the keys of those who left for it."""
        gone = [key] if self.drop(key) else []
        own = self._of.get(member.principal, ())
        if len(own) >= self._quota:
            gone.append(next(iter(own)))
            self.drop(gone[-1])
        while len(self._members) >= self._most:
            gone.append(next(iter(self._members)))
            self.drop(gone[-1])
        index = self._scopes.get(member.scope)
        if index is None:
            index = self._scopes[member.scope] = self._make()
        index.add(key, vector)
        self._asking.setdefault(member.scope, Counter())[member.principal] += 1
        self._members[key] = member
        self._of.setdefault(member.principal, OrderedDict())[key] = None
        return [each for each in gone if each != key]

    def drop(self, key: Key) -> bool:
        """The answer has left; whether it was there."""
        member = self._members.pop(key, None)
        if member is None:
            return False
        self._scopes[member.scope].drop(key)
        asking = self._asking[member.scope]
        asking[member.principal] -= 1
        if not asking[member.principal]:
            del asking[member.principal]
        if not asking:
            del self._asking[member.scope], self._scopes[member.scope]
        own = self._of[member.principal]
        del own[key]
        if not own:
            del self._of[member.principal]
        return True

    def principals(self, scope: Key) -> int:
        """How many principals have texts of theirs in a scope."""
        return len(self._asking.get(scope, ()))

    def renew(self, key: Key, principal: str) -> None:
        """A principal's own call has brought another answer, for which nobody else vouches yet."""
        self._members[key] = msgspec.structs.replace(self._members[key], voters=frozenset({principal}))

    def agree(self, key: Key, fresh: Key, principal: str) -> None:
        """A principal's own call brought `fresh` the same answer as `key` has: who vouches for one does for both."""
        members = [(each, member) for each in (key, fresh) if (member := self._members.get(each)) is not None]
        voters = frozenset({principal}).union(*[member.voters for _, member in members])
        for each, member in members:
            self._members[each] = msgspec.structs.replace(member, voters=voters)

    def nearest(self, scope: Key, vector: Any, count: int) -> list[tuple[Key, float]]:
        """The nearest keys of a scope with their cosines, nearest first."""
        index = self._scopes.get(scope)
        return [] if index is None else index.search(vector, count)  # type: ignore[return-value]  # keys are as added
