"""What may be spent beside a route's requests: by a share, by the day, over a restart."""

import pytest

from pantler.config.funds import Funds, funds_of
from pantler.core.errors import ConfigError
from pantler.core.packing import as_kept
from pantler.live.purses import DAY_SECONDS, Purse, Purses

NOON = 20_000.5 * DAY_SECONDS


@pytest.mark.parametrize(
    ("text", "funds"), [("$2/day", Funds(per_day=2_000_000_000)), ("5%", Funds(0.05)), ("0.5%", Funds(0.005))]
)
def test_funds_are_a_sum_a_day_or_a_share(text: str, funds: Funds) -> None:
    assert funds_of(text) == funds


@pytest.mark.parametrize("text", ["2", "$2", "2/day", "$2/hour", "five%", "%", "-5%", "$x/day", "1e3%"])
def test_anything_else_is_refused_with_how_it_is_written(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\$|dollars"):
        funds_of(text)


def test_a_share_is_what_calls_have_earned() -> None:
    purse = Purse()
    assert not purse.takes(1.0, Funds(0.1), NOON), "nothing was earned yet"
    for _ in range(10):
        purse.earn(10.0, 0.1)
    assert purse.takes(9.0, Funds(0.1), NOON)
    assert not purse.takes(2.0, Funds(0.1), NOON)
    purse.settle(-8.0)
    assert purse.takes(9.0, Funds(0.1), NOON), "less was charged than was taken"


def test_a_days_sum_is_there_again_on_the_next_day() -> None:
    purse, funds = Purse(), Funds(per_day=100)
    assert purse.takes(60.0, funds, NOON)
    assert not purse.takes(60.0, funds, NOON + 1.0)
    assert purse.takes(60.0, funds, NOON + DAY_SECONDS)


def test_what_was_spent_today_is_known_after_a_restart() -> None:
    before, after, funds = Purses(), Purses(), Funds(per_day=100)
    before["r", "shadow"].takes(60.0, funds, NOON)
    after.restore(as_kept(before.snapshot()))
    assert not after["r", "shadow"].takes(60.0, funds, NOON)
    assert after["r", "judge"].takes(60.0, funds, NOON)
