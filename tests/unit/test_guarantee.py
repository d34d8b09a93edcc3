"""The guarantee of few wrong answers below the reference: the bound itself, and the command on made outcomes."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pantler.cli import main
from pantler.core.errors import ConfigError
from pantler.learning.certifying import Sent, certificate, lower_tail, upper_bound


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    assert upper_bound(0, 59, 0.05) == pytest.approx(1.0 - 0.05 ** (1 / 59))
    assert upper_bound(3, 20, 0.05) == pytest.approx(0.343664, abs=1e-5)
    assert upper_bound(20, 20, 0.05) == 1.0
    assert lower_tail(4, 30, upper_bound(4, 30, 0.1)) == pytest.approx(0.1)


def test_thresholds_are_certified_in_order_up_to_the_first_that_fails() -> None:
    ordered = [Sent(0.1, 200, 2), Sent(0.2, 400, 60), Sent(0.05, 300, 0)]
    assert certificate(ordered, 0.05, 0.05).certified == (0.1,)
    assert certificate(ordered, 0.2, 0.05).certified == (0.1, 0.2, 0.05)


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (Sent(0.1, 20, 0), "even without an error 59 are needed"),
        (Sent(0.1, 200, 40), "20.0% of 200 were wrong"),
        (Sent(0.1, 200, 10), "5.0% of 200 were wrong"),
        (Sent(0.1, 200, 6), "give more calibration data: of about 322 sent below such a share would be few enough"),
    ],
)
def test_what_cannot_be_certified_says_why(first: Sent, why: str) -> None:
    found = certificate([first], 0.05, 0.05)
    assert found.certified == ()
    assert found.reason.startswith("not certifiable")
    assert why in found.reason


@pytest.mark.parametrize(("share", "alpha"), [(0.03, 0.05), (0.15, 0.2), (0.25, 0.3)])
def test_about_so_many_at_the_same_share_as_are_said_to_be_enough_certify(share: float, alpha: float) -> None:
    few = Sent(0.1, 100, round(100 * share))
    said = re.search(r"about ([\d,]+) sent", certificate([few], alpha, 0.05).reason)
    assert said is not None
    count = int(said[1].replace(",", ""))
    for times, is_certified in ((1.25, True), (0.75, False)):
        sent = Sent(0.1, round(times * count), round(times * count * few.wrong / few.count))
        assert bool(certificate([sent], alpha, 0.05).certified) == is_certified


@pytest.mark.parametrize(("alpha", "needed"), [(0.05, 59), (0.1, 29), (0.2, 14)])
def test_so_many_without_an_error_as_are_said_to_be_needed_certify_and_one_less_does_not(
    alpha: float, needed: int
) -> None:
    assert certificate([Sent(0.1, needed, 0)], alpha, 0.05).certified == (0.1,)
    assert f"without an error {needed} are needed" in certificate([Sent(0.1, needed - 1, 0)], alpha, 0.05).reason


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="give a share between 0 and 1"):
        certificate([], 1.0, 0.05)


def test_choosing_among_many_thresholds_is_paid_for() -> None:
    """Each threshold is just worse than alpha; the chance that any of forty is certified stays at delta."""
    rng = np.random.default_rng(0)
    certified = 0
    for _ in range(1000):
        wrong = np.cumsum(rng.random((40, 25)) < 0.101, axis=0).sum(axis=1)
        ordered = [Sent(place / 40, 25 * (place + 1), int(count)) for place, count in enumerate(wrong)]
        certified += bool(certificate(ordered[10:], 0.1, 0.05).certified)
    assert certified <= 65  # 50 expected, by chance above in 1 of 50 tries


def outcomes(folder: Path, cheap: float) -> Path:
    import pyarrow
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for number in range(800):
        is_sum = rng.random() < 0.5
        text = f"What is {number} plus 4?" if is_sum else f"Write a poem about the sea, number {number}."
        right = cheap if is_sum else 0.1
        for model, chance, price in (("absurd", 0.5, 1e-3), ("cheap", right, 1e-6), ("dear", 0.99, 1e-5)):
            rows.append({
                "query_id": f"q{number:04}", "prompt": text, "model": model, "score": float(rng.random() < chance),
                "cost_usd": price * 30, "tokens_in": 10, "tokens_out": 20, "answer": "", "source": "made",
                "split": "train" if number % 2 else "test",
            })  # fmt: skip
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "made.parquet")
    return folder / "made.parquet"


def run(*arguments: str) -> Result:
    chosen = ["evaluate", "guarantee", *arguments, "--embedder", "hashing"]
    return CliRunner().invoke(main, chosen, prog_name="pantler")


def test_a_guarantee_is_kept_and_sends_what_is_easy_to_the_cheap_model(tmp_path: Path) -> None:
    path = str(outcomes(tmp_path, 0.97))
    result = run(path, "--alpha", "0.2", "--calibration-share", "0.5", "--json")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)["rows"]
    assert (row["alpha"], row["delta"], row["splits"]) == (0.2, 0.05, 100)
    assert row["certified"] >= 90
    assert row["violations"] <= 9
    assert row["sent_share"] > 0.4
    assert row["wrong_share"] < 0.2
    assert row["cost"] < 0.7


def test_what_is_too_often_wrong_is_not_certifiable(tmp_path: Path) -> None:
    result = run(str(outcomes(tmp_path, 0.5)), "--alpha", "0.05", "--splits", "5")
    assert result.exit_code == 0, result.output
    assert "5 of 5 splits: not certifiable" in result.stdout
