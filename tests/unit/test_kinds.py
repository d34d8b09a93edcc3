"""Which stored texts labels have shown to ask the same, and the company that a neighbour is in."""

from math import exp

import pytest

from pantler.matching.kinds import FADES, UNSURE, WIDEST_GAP, Company, Kinds
from pantler.matching.offsets import Offsets
from pantler.matching.values import Near


def near(*cosines: float) -> list[Near]:
    return [Near(key, cosine) for key, cosine in enumerate(cosines)]


def test_a_text_that_is_near_alone_is_in_no_company() -> None:
    assert Kinds().company(near(0.9)) == Company()


def test_neighbours_that_labels_put_into_one_kind_are_no_rivals() -> None:
    kinds = Kinds()
    kinds.label(1, 0, agrees=True)
    kinds.label(2, 1, agrees=True)
    company = kinds.company(near(0.9, 0.88, 0.85, 0.8))
    kin = exp(-0.02 / FADES) + exp(-0.05 / FADES)
    assert company == pytest.approx(Company(0.02, kin, 0.0, 0.1, kin / (kin + UNSURE)))


def test_neighbours_of_another_kind_speak_against_the_nearest() -> None:
    kinds = Kinds()
    kinds.label(2, 1, agrees=True)
    company = kinds.company(near(0.9, 0.88, 0.85))
    assert company.strangers == pytest.approx(exp(-0.02 / FADES) + exp(-0.05 / FADES))
    assert (company.kin, company.kin_share) == (0.0, 0.0)
    assert company.rival_gap == company.gap == pytest.approx(0.02)


def test_a_text_whose_label_disagrees_or_that_has_left_is_of_no_kind() -> None:
    kinds = Kinds()
    kinds.label(1, 0, agrees=True)
    kinds.label(2, 0, agrees=False)
    kinds.forget(1)
    assert kinds.company(near(0.9, 0.9, 0.9)) == Company(gap=0.0, rival_gap=0.0)
    kinds.label(1, 0, agrees=True)
    kinds.label(1, 3, agrees=False)
    assert kinds.company(near(0.9, 0.9)).kin == 0.0, "a fresh answer takes the place of an old one"


def test_kinds_are_as_they_were_after_a_restart() -> None:
    old, new = Kinds(), Kinds()
    old.label(1, 0, agrees=True)
    new.restore(old.snapshot())
    new.label(3, 2, agrees=True)
    company = new.company(near(0.9, 0.9, 0.9, 0.9))
    assert (company.kin, company.strangers, company.rival_gap) == (1.0, 2.0, 0.0)
    assert Company().gap == WIDEST_GAP


def test_an_offset_is_drawn_towards_none_until_labels_tell_of_it() -> None:
    offsets = Offsets(0.5)
    assert offsets.of("lima") == 0.0
    offsets.move("lima", 0.8, 0.16)
    assert offsets.of("lima") == pytest.approx(0.8 / 2.16)
    for _ in range(1000):
        offsets.move("lima", 0.0, 0.16)
    assert offsets.of("lima") < 0.01
