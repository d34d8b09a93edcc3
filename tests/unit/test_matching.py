"""What is compared of two texts, and what is refused whatever the rest says."""

import numpy as np
import pytest

from pantler.matching.aliases import Aliases
from pantler.matching.features import NAMES, SECONDED, Rarity, features
from pantler.matching.kinds import Company
from pantler.matching.logistic import Labels, Prior, fit, sigmoid
from pantler.matching.poisson import upper
from pantler.matching.prior import pretrained, sets_seen
from pantler.matching.promise import Promise
from pantler.matching.rules import literal_differs, refused_pair
from pantler.matching.wording import read


@pytest.mark.parametrize(
    ("asked", "stored", "rule"),
    [
        ("What is 12 plus 3?", "What is 13 plus 3?", "numbers_differ"),
        ("Which birds can fly?", "Which birds can not fly?", "negation_differs"),
        ("Is Anna Smith a nurse?", "Is Peter Jones a nurse?", "names_differ"),
        ("Is it safe to swim before lunch?", "Is it safe to swim after lunch?", "opposite_words"),
        ("Is Kim an editor and an actor?", "Is Kim simultaneously an editor and an actor?", "a_word_that_changes_all"),
        ("Does Anna love Peter?", "Does Peter love Anna?", "roles_differ"),
        ("Did Patrick move the land?", "Was Patrick moved by the land?", "roles_differ"),
        ("When was the bridge built?", "Where was the bridge built?", "question_differs"),
        ("What is rust?", "What is rust? " + "zxq " * 40, "length_differs"),
        ("Is -5 greater than 3?", "Is 5 greater than 3?", "numbers_differ"),
        ("Where does he live?", "Where did he live?", "tense_differs"),
        ("Who has the record?", "Who had the record?", "tense_differs"),
        ("Will he win?", "Did he win?", "tense_differs"),
        ("Who will be the president?", "Who is the president?", "tense_differs"),
        ("Can he walk?", "Could he walk?", "tense_differs"),
        ("Who\N{RIGHT SINGLE QUOTATION MARK}s the coach?", "Who was the coach?", "tense_differs"),
        ("Is it going to work?", "Did it work?", "tense_differs"),
        ("What does the employer owe the employee?", "What does the employee owe the employer?", "roles_differ"),
        ("Which teams has Ajax beaten?", "Which teams have beaten Ajax?", "roles_differ"),
        ("Who did Brutus kill?", "Who killed Brutus?", "roles_differ"),
        ("How do vaccines work?", "Do vaccines work?", "question_differs"),
        ("What is legal in Texas?", "What is illegal in Texas?", "opposite_words"),
        ("How do I connect a printer?", "How do I disconnect a printer?", "opposite_words"),
        ("Who won the cup?", "Who nearly won the cup?", "a_word_that_changes_all"),
    ],
)
def test_a_pair_that_differs_where_it_matters_is_refused_by_name(asked: str, stored: str, rule: str) -> None:
    assert refused_pair(read(asked), read(stored)) == rule


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("How do I bake bread?", "How can I bake bread, please?"),
        ("Is Kim an editor or an actor?", "Is Kim an actor or an editor?"),
        ("Does Anna hate Peter?", "Is Peter hated by Anna?"),
        ("What is the capital of France?", "Which city is the capital of France?"),
        ("Could you explain gravity?", "Can you explain gravity?"),
        ("Can I freeze bread?", "How can I freeze bread?"),
        ("What limits are there on cards?", "Are there limits on cards?"),
        ("What is inside a cell?", "What's inside a cell?"),
    ],
)
def test_a_rewording_passes_the_rules(asked: str, stored: str) -> None:
    assert refused_pair(read(asked), read(stored)) is None


def test_code_that_differs_in_a_literal_is_told_from_code_that_is_reworded() -> None:
    assert literal_differs("what does `git rebase --onto` do", "what does `git rebase --abort` do")
    assert not literal_differs("how does a bicycle work", "how does a tricycle work")
    assert not literal_differs("Lima is the capital of ____.", "Lima is the heart of ____.")
    assert literal_differs("what is max_tokens for", "what is max_choices for")
    assert literal_differs("what does `map` do", "what does `filter` do")
    assert not literal_differs("How do I use grep -r?", "How can I use grep -r?")
    assert literal_differs("How do I use grep -r?", "How can I use grep -v?")


def test_there_are_as_many_features_as_names() -> None:
    one = read("How tall is the tower?")
    assert features(one, one, 1.0, Company(), Rarity()).shape == (len(NAMES),)


def test_labels_that_lie_are_seen_through() -> None:
    chance = np.random.default_rng(1)
    rows = np.column_stack([chance.normal(size=4000), np.ones(4000)])
    wrong = chance.random(4000) < sigmoid(rows @ np.array([2.0, -3.0]))
    flipped = wrong ^ (chance.random(4000) < 0.05)
    prior = Prior(np.zeros(2), np.full(2, 0.01))
    found = fit(Labels(rows, flipped.astype(np.float64), np.ones(4000)), prior, prior.mean, lies=0.05)
    assert found == pytest.approx([2.0, -3.0], abs=0.4)


def test_no_errors_in_three_hundred_allow_for_one_in_a_hundred() -> None:
    assert upper(0) / 300 == pytest.approx(0.01)
    assert 9 < upper(4) < 9.5


def test_every_set_has_a_prior_that_has_not_seen_it() -> None:
    for name in sets_seen():
        assert not np.array_equal(pretrained(name).mean, pretrained().mean)
        seconded = pretrained(name, seconded=True)
        assert not np.array_equal(seconded.mean, pretrained(seconded=True).mean)
        assert len(seconded.mean) == len(SECONDED) + 1 == len(pretrained().mean) + 2


def test_nothing_is_served_without_credit() -> None:
    promise = Promise(0.01)
    assert not promise.affords(0.001)
    for _ in range(100):
        promise.arrive()
    assert promise.affords(0.5)
    promise.serve(0.7)
    assert not promise.affords(0.001)


def test_an_entry_that_leaves_takes_its_aliases_along() -> None:
    aliases = Aliases(most=2)
    aliases.add("a", 1)
    aliases.add("b", 2)
    aliases.add("c", 1)
    assert [aliases.entry(alias) for alias in "abc"] == [None, 2, 1]
    aliases.drop(1)
    assert aliases.entry("c") is None
    assert len(aliases) == 1


def in_shadow(served: int, errors: int, *, per_hit: float | None = None) -> Promise:
    promise = Promise(0.05, per_hit)
    for number in range(served):
        promise.tried(0.01 + number / 10_000, float(number >= served - errors))
    for _ in range(400 - served):
        promise.tried(1.0, 1.0)
    return promise


def test_a_shadow_certifies_up_to_the_first_cut_off_that_its_errors_forbid() -> None:
    promise = in_shadow(200, 30)
    assert 0.01 < promise.certify(0.2) < 0.03
    assert promise.certified
    assert not in_shadow(9, 0).certify(0.2)


def test_errors_per_hit_are_certified_on_more_hits_and_fewer_errors_than_promised() -> None:
    assert not in_shadow(100, 0, per_hit=0.05).certify(0.2)
    assert in_shadow(130, 0, per_hit=0.05).certify(0.2)


def test_a_sentence_to_be_completed_may_change_its_tense_and_a_question_may_not() -> None:
    to_complete = "It was named for ____.", "____ was the name of the song.", "The song, which was named for ____."
    for was in to_complete:
        assert refused_pair(read(was), read(was.replace("was", "is"))) is None
    assert refused_pair(read("Is Kim a nurse?"), read("Was Kim a nurse?")) == "tense_differs"
