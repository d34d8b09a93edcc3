"""What can be found is what was put and has not left, whatever the order of puts, drops and quotas."""

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pantler.indexes.bits import Bits
from pantler.live.members import Member, Members

MOST, QUOTA, DIMENSIONS = 12, 5, 64
keys = st.integers(0, 30)
VECTORS = np.random.default_rng(5).normal(size=(31, DIMENSIONS)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)


class Twin(RuleBasedStateMachine):
    """Beside a list in the order of puts."""

    def __init__(self) -> None:
        super().__init__()
        self.members = Members(lambda: Bits(DIMENSIONS), MOST, QUOTA)
        self.kept: list[tuple[int, Member]] = []

    @rule(key=keys, scope=st.integers(0, 3), principal=st.sampled_from("abc"))
    def put(self, key: int, scope: int, principal: str) -> None:
        member = Member(scope, f"text {key}", principal, frozenset({principal}))
        gone = self.members.add(key, member, VECTORS[key])
        self.kept = [each for each in self.kept if each[0] != key]
        own = [each for each in self.kept if each[1].principal == principal]
        expected = own[: max(0, len(own) - QUOTA + 1)]
        rest = [each for each in self.kept if each not in expected]
        expected += rest[: max(0, len(rest) - MOST + 1)]
        assert gone == [each[0] for each in expected]
        self.kept = [each for each in self.kept if each not in expected] + [(key, member)]

    @rule(key=keys)
    def drop(self, key: int) -> None:
        assert self.members.drop(key) == any(each[0] == key for each in self.kept)
        self.kept = [each for each in self.kept if each[0] != key]

    @rule(key=keys, principal=st.sampled_from("abcd"))
    def renew(self, key: int, principal: str) -> None:
        if key in self.members:
            self.members.renew(key, principal)
            assert self.members[key].voters == {principal}
            self.kept = [(each, self.members[each]) for each, _ in self.kept]

    @rule(key=keys, fresh=keys, principal=st.sampled_from("abcd"))
    def agree(self, key: int, fresh: int, principal: str) -> None:
        self.members.agree(key, fresh, principal)
        both = [member for each, member in self.members.items() if each in (key, fresh)]
        assert all(principal in member.voters for member in both)
        assert len({member.voters for member in both}) <= 1
        self.kept = [(each, self.members[each]) for each, _ in self.kept]

    @invariant()
    def finds_what_it_holds_and_nothing_else(self) -> None:
        assert dict(self.members.items()) == dict(self.kept)
        assert len(self.members) == len(self.kept) <= MOST
        for scope in range(4):
            held = [key for key, member in self.kept if member.scope == scope]
            found: list[Any] = [key for key, _ in self.members.nearest(scope, VECTORS[0], 40)]
            assert sorted(found) == sorted(held)
            assert self.members.principals(scope) == len({self.members[key].principal for key in held})
            for key in held:
                assert self.members.nearest(scope, VECTORS[key], 1)[0][0] == key


TestMembers = Twin.TestCase
TestMembers.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
