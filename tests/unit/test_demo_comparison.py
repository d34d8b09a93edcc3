"""What the demo's strategies make of its requests, without the gateway."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from checker import FOLDER, questions
from comparison import NO_CACHE, Sums, compared
from learning import Learning, fit
from pantler.config.reading import read
from pantler.config.weighing import weights_of
from popularity import requests
from recordings import Recordings
from report import table

REQUESTS = 1000


@pytest.fixture(scope="module")
def found() -> dict[str, Sums]:
    config = read(FOLDER / "gateway.toml")
    recordings = Recordings(config)
    asyncio.run(recordings.load())
    return compared(config, recordings, requests(REQUESTS, 1))


def test_the_requests_of_a_seed_are_always_the_same_and_some_questions_far_more_popular() -> None:
    asked = requests(REQUESTS, 1)
    assert asked == requests(REQUESTS, 1)
    assert asked != requests(REQUESTS, 2)
    counts = Counter(request.question for request in asked)
    assert counts.most_common(1)[0][1] > 10 * REQUESTS / len(questions())
    assert 0.4 < sum(request.is_streamed for request in asked) / REQUESTS < 0.6
    assert 0.25 < sum(request.is_rated for request in asked) / REQUESTS < 0.35


def test_what_each_strategy_spends_and_saves_comes_to_what_no_cache_spends(found: dict[str, Sums]) -> None:
    for sums in found.values():
        assert sums.requests == REQUESTS
        assert sums.spent + sums.saved_by_cache + sums.saved_by_choice == found[NO_CACHE].spent


def test_the_dear_model_is_always_right_and_its_cache_saves(found: dict[str, Sums]) -> None:
    dear, cheap = found["dear model + LRU"], found["cheap model + LRU"]
    assert dear.right == found[NO_CACHE].right == REQUESTS
    assert 0.3 < cheap.right / REQUESTS < 0.7
    assert cheap.spent < dear.spent < found[NO_CACHE].spent
    assert found[NO_CACHE].saved_by_cache == 0


def test_what_was_fitted_to_half_of_the_questions_costs_less_than_either_model_and_the_same_each_time(
    found: dict[str, Sums], tmp_path: Path
) -> None:
    config, asked = read(FOLDER / "gateway.toml"), requests(REQUESTS, 1)
    recordings = Recordings(config)
    asyncio.run(recordings.load())
    file = fit(config, tmp_path)
    first, again = (Learning(config, recordings, file).replay(asked) for _ in range(2))
    assert first == again
    assert first.spent + first.saved_by_cache + first.saved_by_choice == found[NO_CACHE].spent
    weight = weights_of(config.routes[0].objective).error
    assert first.total(weight) < min(each.total(weight) for each in found.values())


def test_an_error_weighs_what_it_is_told_to() -> None:
    assert Sums(10, 7, 100, 0, 0).total(50.0) == 250.0


def test_the_table_has_a_row_for_each_strategy(found: dict[str, Sums]) -> None:
    assert table(found, 1.0).row_count == len(found) == 3
