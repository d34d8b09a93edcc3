"""`pantler replay` on made ledgers whose truth is known."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner, Result

from pantler.appraisers.mean import Mean
from pantler.appraisers.rates import Rates
from pantler.cli import main
from pantler.core.cost import Price, Tokens, Weights
from pantler.core.rows import Asked, Candidate, Row, Word
from pantler.fitted import Fitted, write_fitted
from pantler.ledgers.rows import Rows
from pantler.simulator.rescoring.choosing import named
from pantler.simulator.rescoring.estimates import estimates
from pantler.simulator.rescoring.logged import Logged, read_logged
from pantler.simulator.rescoring.promoting import promotion
from pantler.simulator.rescoring.told import Rescored, rescored

PRICES = {"cheap": 100.0, "dear": 1000.0}
WRONG = {"cheap": 0.3, "dear": 0.1}
NO_ERRORS = Weights()


def decision(rng: np.random.Generator, tried: float = 0.3, rated: float = 1.0) -> Logged:
    """Cheap is asked by chance `tried` on easy queries and half of that on hard ones; what was expected is off."""
    is_hard = rng.random() < 0.5
    chance = tried / 2 if is_hard else tried
    shares = (chance, 1.0 - chance)
    taken = int(rng.random() >= chance)
    model = ("cheap", "dear")[taken]
    wrong = min(1.0, WRONG[model] * (1.5 if is_hard else 0.5))
    candidates = tuple(
        Candidate((name,), 0.8 * PRICES[name], 1.0, 0.2, share) for name, share in zip(PRICES, shares, strict=True)
    )
    heard = float(rng.random() < wrong) if rng.random() < rated else None
    return Logged("dec", "dear", 10, candidates, taken, PRICES[model] * rng.uniform(0.5, 1.5), 2.0, heard)


def replayed(seed: int, name: str, count: int = 600, tried: float = 0.3) -> Rescored:
    rng = np.random.default_rng(seed)
    logged = [decision(rng, tried) for _ in range(count)]
    return rescored(logged, named(name, NO_ERRORS, logged))


def test_the_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = {"price": 0, "wrong": 0}
    held_ips = dict(held)
    for seed in range(60):
        for each in estimates(replayed(seed, "cheap"), seed):
            if each.measure in held:
                truth = PRICES["cheap"] if each.measure == "price" else WRONG["cheap"]
                held[each.measure] += each.robust.low <= truth <= each.robust.high
                assert each.ips is not None
                held_ips[each.measure] += each.ips.low <= truth <= each.ips.high
    assert min(*held.values(), *held_ips.values()) >= 51  # of 57 expected, by chance below in 1 of 100 tries


def test_doubly_robust_is_nearer_to_the_truth_where_prices_are_expected_well() -> None:
    robust, plain = [], []
    for seed in range(30):
        each = estimates(replayed(seed, "cheap"), seed)[0]
        assert each.ips is not None
        robust.append(each.robust.mean - PRICES["cheap"])
        plain.append(each.ips.mean - PRICES["cheap"])
    assert abs(np.mean(robust)) < 3.0
    assert abs(np.mean(plain)) < 3.0


def test_what_is_cheaper_and_as_right_is_promoted_and_what_is_too_often_wrong_is_not() -> None:
    rng = np.random.default_rng(0)
    logged = [decision(rng) for _ in range(3000)]
    cheap, dear = (rescored(logged, named(name, NO_ERRORS, logged)) for name in ("cheap", "reference"))
    found = promotion(cheap, dear, Weights(error=500.0))
    assert found.promoted
    assert found.low is not None
    assert found.high is not None
    assert found.low < PRICES["dear"] - PRICES["cheap"] - 500.0 * 0.2 < found.high
    assert not promotion(cheap, dear, Weights(error=50_000.0)).promoted


def test_decisions_on_the_same_query_tell_no_more_than_one() -> None:
    rng = np.random.default_rng(0)
    logged = [replace(decision(rng), query=str(number)) for number in range(300)]
    spans, worth = [], []
    for given in (logged, logged + logged):
        cheap, dear = (rescored(given, named(name, NO_ERRORS, given)) for name in ("cheap", "reference"))
        found = promotion(cheap, dear, Weights(error=500.0))
        assert found.low is not None
        assert found.high is not None
        spans.append(found.high - found.low)
        worth.append([each.effective for each in estimates(cheap)])
    assert spans[1] == pytest.approx(spans[0], rel=0.05)
    assert worth[1] == pytest.approx(worth[0])


def test_nothing_is_promoted_without_ratings() -> None:
    rng = np.random.default_rng(0)
    logged = [decision(rng, rated=0.0) for _ in range(1000)]
    cheap, dear = (rescored(logged, named(name, NO_ERRORS, logged)) for name in ("cheap", "reference"))
    found = promotion(cheap, dear, Weights(error=500.0))
    assert not found.promoted
    assert "not enough overlap" in found.reason


def row(number: int, one: Logged, candidates: tuple[Candidate, ...] | None = None) -> Row:
    model = one.candidates[one.taken].models[0]
    asked = Asked(model, Tokens(10, 5), Price(1, 1), "config", int(one.price), 0.0, None, 1.0)
    return Row(
        f"dec_{number}", 1e9 + number, "blue", "smart", f"{number:x}", 10, "miss", "", 200, "auto", "learned", model,
        10, 5, one.candidates if candidates is None else candidates, (asked,), int(one.price), 0, 0, 0, "estimated",
        1.0, one.seconds, "dear",
    )  # fmt: skip


def ledger(folder: Path, tried: float, *, with_propensities: bool = True) -> Path:
    async def write() -> None:
        rng = np.random.default_rng(1)
        rows = Rows(folder)
        rows.open()
        for number in range(400):
            one = decision(rng, tried)
            rows.append(row(number, one, None if with_propensities else ()))
            await rows.rate(f"dec_{number}", "blue", Word(1.0 - (one.wrong or 0.0)), 1e9 + number)
        await rows.close()

    asyncio.run(write())
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["replay", *arguments], prog_name="pantler")


def test_a_ledger_is_re_scored_from_the_command_line(tmp_path: Path) -> None:
    folder = str(ledger(tmp_path, 0.5))
    result = run(folder, "--multiplexer", "cheap", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [each["measure"] for each in found["rows"]] == ["price", "latency", "wrong"]
    assert found["rows"][0]["low"] < PRICES["cheap"] < found["rows"][0]["high"]
    assert (found["decisions"], found["rated_share"], found["possible_share"]) == (400, 1.0, 1.0)
    shown = run(folder, "--multiplexer", "learned", "--error-weight", "1e-6")
    assert shown.exit_code == 0, shown.output
    assert "promoted over dear" in shown.stdout


def test_a_script_stops_at_what_may_not_take_over(tmp_path: Path) -> None:
    folder = str(ledger(tmp_path, 0.5))
    told = {}
    for weight in ("1e-12", "1"):
        result = run(folder, "--multiplexer", "cheap", "--error-weight", weight, "--check", "--json")
        told[json.loads(result.stdout)["verdict"]["promoted"]] = result.exit_code
        assert run(folder, "--multiplexer", "cheap", "--error-weight", weight).exit_code == 0, "it was not asked to"
    assert told == {True: 0, False: 3}


def test_a_plan_that_was_hardly_ever_asked_is_refused_with_its_number(tmp_path: Path) -> None:
    result = run(str(ledger(tmp_path, 0.02)), "--multiplexer", "cheap")
    assert result.exit_code == 2
    assert "not enough overlap: at 400 decisions what is chosen had hardly a chance" in " ".join(result.stderr.split())
    assert "of cheap the price is known 3 times, 30 are needed" in " ".join(result.stderr.split())


def as_learned(rng: np.random.Generator, count: int) -> list[Logged]:
    """Decisions of a route that tries another model only where the two cost about the same; what it expects is off.

    What a wrong answer costs is 3,000; dear is the reference.
    """
    found = []
    for number in range(count):
        hard, length = rng.normal(), np.exp(0.4 * rng.normal())
        log_odds = {"cheap": 1.5 * hard - 1.0, "dear": 0.7 * hard - 2.6}
        off = {"cheap": 0.4, "dear": -0.2}
        candidates = [
            Candidate((name,), 0.8 * price * length, 1.0, chance(log_odds[name] + off[name] + 0.3 * rng.normal()), 0.0)
            for name, price in PRICES.items()
        ]
        costs = [each.expected_cost(Weights(error=3000.0)) for each in candidates]
        best, apart = int(np.argmin(costs)), abs(costs[0] - costs[1])
        other = 0.0 if apart > 400.0 else 0.1 if apart > 200.0 else 0.3
        shares = [1.0 - other if place == best else other for place in (0, 1)]
        taken = int(rng.random() >= shares[0])
        model = ("cheap", "dear")[taken]
        wrong = float(rng.random() < chance(log_odds[model])) if rng.random() < 0.5 else None
        weighed = tuple(
            msgspec.structs.replace(each, propensity=share) for each, share in zip(candidates, shares, strict=True)
        )
        price = PRICES[model] * length * rng.uniform(0.7, 1.3)
        found.append(Logged(f"dec_{number}", "dear", 10, weighed, taken, price, 2.0, wrong))
    return found


def chance(log_odds: float) -> float:
    return float(1.0 / (1.0 + np.exp(-log_odds)))


def test_where_nothing_else_was_tried_the_intervals_hold_the_truth_too_and_say_what_they_rest_on() -> None:
    """Always cheap on ledgers of a learned route that seldom had a chance of asking it."""
    truth = {"price": 108.3, "wrong": 0.329}  # by four million draws of what `as_learned` draws
    gain = 1083.3 - 108.3 + 3000.0 * (0.083 - truth["wrong"])
    held = {"price": 0, "wrong": 0, "gain": 0}
    carried = []
    for seed in range(50):
        logged = as_learned(np.random.default_rng(seed), 400)
        cheap, dear = (rescored(logged, named(name, NO_ERRORS, logged)) for name in ("cheap", "reference"))
        told = {each.measure: each for each in estimates(cheap, seed)}
        carried.append(told["wrong"].carried_share)
        for name, true in truth.items():
            held[name] += told[name].robust.low <= true <= told[name].robust.high
        found = promotion(cheap, dear, Weights(error=3000.0), seed)
        assert found.low is not None
        assert found.high is not None
        held["gain"] += found.low <= gain <= found.high
    assert min(held.values()) >= 45
    assert 0.3 < np.mean(carried) < 1.0


def test_a_ledger_without_propensities_is_refused(tmp_path: Path) -> None:
    result = run(str(ledger(tmp_path, 0.5, with_propensities=False)), "--multiplexer", "cheap")
    assert result.exit_code == 2
    assert "400 of 400 misses have no propensities" in result.stderr


def test_a_choice_that_is_the_static_one_is_no_worse_whatever_was_tried(tmp_path: Path) -> None:
    result = run(str(ledger(tmp_path, 0.02)), "--multiplexer", "dear", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["verdict"]["promoted"]


async def write(folder: Path, rows: list[Row]) -> str:
    kept = Rows(folder)
    kept.open()
    for number, each in enumerate(rows):
        kept.append(each)
        await kept.rate(each.decision, "blue", Word(float(number % 3 > 0)), 1e9 + number)
    await kept.close()
    return str(folder)


def test_a_route_is_chosen_among_those_of_a_ledger_which_are_told_where_they_are_mixed(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [row(number, decision(rng, 0.5)) for number in range(400)]
    rows = [msgspec.structs.replace(each, route=("smart", "other")[at % 2]) for at, each in enumerate(rows)]
    folder = asyncio.run(write(tmp_path, rows))
    mixed = run(folder, "--multiplexer", "cheap", "--json")
    assert json.loads(mixed.stdout)["notes"][0] == "routes other, smart are looked at as one; choose with --route"
    chosen = run(folder, "--multiplexer", "cheap", "--route", "other", "--json")
    assert json.loads(chosen.stdout)["decisions"] == 200
    wrong = run(folder, "--multiplexer", "cheap", "--route", "othre")
    assert wrong.exit_code == 2
    assert "no route of the ledger named 'othre'; did you mean 'other'?" in wrong.stderr
    kept = str(tmp_path / "it.pantler")
    fit = CliRunner().invoke(main, ["fit", folder, "-o", kept, "--route", "other", "--embedder", "hashing"])
    assert fit.exit_code == 0, fit.output
    assert "200 ratings" in fit.stdout


def test_calls_behind_hits_and_misses_without_a_text_are_left_out_and_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [row(number, decision(rng, 0.5)) for number in range(400)]
    rows[7] = msgspec.structs.replace(rows[7], decision="dec_7-renewed")
    folder, file = asyncio.run(write(tmp_path, rows)), fitted(tmp_path / "route.pantler", looks=True)
    lines = (json.dumps({"decision_id": f"dec_{number}", "prompt": "Bake bread?"}) for number in range(390))
    (tmp_path / "texts.jsonl").write_text("\n".join(lines))
    result = run(folder, "--multiplexer", file, "--texts", str(tmp_path / "texts.jsonl"), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["decisions"] == 389
    assert "left out: 1 misses as calls behind a hit, which no client was waiting for" in found["notes"]
    assert "10 misses are left out, as no text is joined to them" in found["notes"]


@pytest.mark.parametrize("name", ["chaep", "nobody"])
def test_a_name_that_is_nothing_is_refused(tmp_path: Path, name: str) -> None:
    result = run(str(ledger(tmp_path, 0.5)), "--multiplexer", name)
    assert result.exit_code == 2
    assert f"no multiplexer or fitted file named '{name}'" in result.stderr


def fitted(path: Path, *, looks: bool = False) -> str:
    """That cheap is wrong three times of ten, by its rates alone or by an appraiser that looks at texts."""
    rates = np.array([0.3, 0.1], np.float32)
    parts = [Rates(np.zeros((1, 256), np.float32), np.stack([rates]))] if looks else []
    mean = Mean(parts, np.ones(len(parts), np.float32), rates)
    write_fitted(Fitted(("cheap", "dear"), "hashing", (5e-9, 5e-8), (1e-8, 1e-7), (5.0, 5.0), mean), path)
    return str(path)


def test_a_fitted_file_is_replayed_by_what_a_wrong_answer_costs(tmp_path: Path) -> None:
    folder, file = str(ledger(tmp_path, 0.5)), fitted(tmp_path / "route.pantler")
    for weight, model in (("0", "cheap"), ("1", "dear")):
        result = run(folder, "--multiplexer", file, "--error-weight", weight, "--json")
        assert result.exit_code == 0, result.output
        price = json.loads(result.stdout)["rows"][0]
        assert price["low"] < PRICES[model] < price["high"]


def test_a_file_that_looks_at_texts_is_refused_without_them(tmp_path: Path) -> None:
    folder, file = str(ledger(tmp_path, 0.5)), fitted(tmp_path / "route.pantler", looks=True)
    result = run(folder, "--multiplexer", file)
    assert result.exit_code == 2
    assert "give every decision's with --texts" in " ".join(result.stderr.split())
    lines = (json.dumps({"decision_id": f"dec_{number}", "prompt": "Bake bread?"}) for number in range(400))
    (tmp_path / "texts.jsonl").write_text("\n".join(lines))
    result = run(folder, "--multiplexer", file, "--texts", str(tmp_path / "texts.jsonl"), "--json")
    assert result.exit_code == 0, result.output


def test_a_multiplexer_that_is_neither_a_file_nor_a_name_is_told_to_be_no_file_either(tmp_path: Path) -> None:
    result = run(str(ledger(tmp_path, 0.5)), "--multiplexer", "nope.pantler")
    assert result.exit_code == 2
    assert "there is no file 'nope.pantler', and no multiplexer or fitted file named" in result.stderr


def shadowed(seed: int, count: int = 900, share: float = 0.3) -> list[Logged]:
    """The dear model alone is asked by clients, the cheap one beside a share of their requests, drawn by chance."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(count):
        is_hard = rng.random() < 0.5
        for taken in (1, *([0] if rng.random() < share else [])):
            model = ("cheap", "dear")[taken]
            wrong = min(1.0, WRONG[model] * (1.5 if is_hard else 0.5))
            candidates = tuple(
                Candidate((name,), 0.8 * PRICES[name], 1.0, 0.2, float(at == taken)) for at, name in enumerate(PRICES)
            )
            price, heard = PRICES[model] * rng.uniform(0.5, 1.5), float(rng.random() < wrong)
            found.append(Logged("dec", "dear", 10, candidates, taken, price, 2.0, heard))
    return found


def test_shadows_tell_what_a_model_would_bring_that_no_client_was_ever_given() -> None:
    held = {"price": 0, "wrong": 0}
    for seed in range(40):
        logged = shadowed(seed)
        for each in estimates(rescored(logged, named("cheap", NO_ERRORS, logged)), seed):
            if each.measure in held:
                truth = PRICES["cheap"] if each.measure == "price" else WRONG["cheap"]
                held[each.measure] += each.robust.low <= truth <= each.robust.high
    assert min(held.values()) >= 34  # of 38 expected, by chance below in 1 of 50 tries


def test_shadows_of_a_ledger_are_decisions_of_their_own(tmp_path: Path) -> None:
    logged = shadowed(0)
    rows = []
    for number, one in enumerate(logged):
        beside = not one.taken
        made = row(number - beside, one)
        if beside:
            made = msgspec.structs.replace(made, decision=f"{made.decision}-shadow", tier="shadow", tokens_in=0)
        rows.append(made)
    found, _ = read_logged(Path(asyncio.run(write(tmp_path, rows))))
    assert [each.taken for each in found] == [one.taken for one in logged]
    assert {each.tokens_in for each in found} == {10}
    assert not any(each.decision.endswith("-shadow") for each in found), "texts are joined by the request's"
