"""What every matcher owes a circle: of what is near it serves the nearest alone, and nothing against what was said."""

import pytest

from pantler.build import names, part
from pantler.core.seams import Matcher
from pantler.matching.values import Near
from pantler.matching.wording import read

EVERY = names("matchers")
ASKED = read("how tall is the tower of oslo")
NEAR = [Near(1, 0.98, read("what height has the tower of oslo")), Near(2, 0.5, read("is the tower of oslo old"))]


def made(name: str) -> Matcher:
    matcher: Matcher = part("matchers", name)()
    return matcher


def taught(name: str) -> Matcher:
    """One that labels have told, again and again, that the nearest answers the question."""
    matcher = made(name)
    for number in range(2000):
        finding = matcher.match(ASKED, NEAR)
        if not finding.serve:
            matcher.learn(finding, True, number + 3)
    return matcher


def serves(matcher: Matcher) -> int:
    return sum(matcher.match(ASKED, NEAR).serve for _ in range(100))


@pytest.mark.parametrize("name", EVERY)
def test_where_nothing_is_near_nothing_is_served(name: str) -> None:
    finding = made(name).match(ASKED, [])
    assert (finding.serve, finding.key) == (False, None)
    assert finding.reason


@pytest.mark.parametrize("name", EVERY)
def test_what_labels_bear_out_is_served_and_it_is_the_nearest(name: str) -> None:
    matcher = taught(name)
    findings = [matcher.match(ASKED, NEAR) for _ in range(100)]
    assert {finding.key for finding in findings} == {1}
    assert all(0.0 <= finding.wrong <= 1.0 for finding in findings)
    assert sum(finding.serve for finding in findings) > 25, "of one pair, about whose chance the cut-off itself lies"


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_served_where_a_call_is_expected_to_cost_less_than_any_doubt(name: str) -> None:
    matcher = taught(name)
    assert not any(matcher.match(ASKED, NEAR, most=lambda _: 0.0).serve for _ in range(100))


@pytest.mark.parametrize("name", EVERY)
def test_what_somebody_said_was_wrong_is_not_served_until_labels_say_otherwise(name: str) -> None:
    matcher = taught(name)
    matcher.rate(1)
    assert serves(matcher) == 0


@pytest.mark.parametrize("name", EVERY)
def test_what_was_said_of_an_entry_goes_with_it(name: str) -> None:
    matcher = taught(name)
    matcher.rate(1)
    matcher.drop(1)
    assert serves(matcher) > 0
