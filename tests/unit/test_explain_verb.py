import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner, Result

from encoder import drawn_weights, write_weights
from house import SECRET, house
from pantler.appraisers.mean import Mean
from pantler.cli import main
from pantler.config.values import Config
from pantler.core.rows import Candidate, Neighbour, Row
from pantler.fitted import Fitted, write_fitted
from pantler.ledgers.rows import Rows
from pantler.matching.features import NAMES, SECONDED
from pantler.misfits import fitting


def told(*arguments: str) -> str:
    with_stored = () if "--multiplexer" in arguments else ("--embedder", "hashing")
    found = CliRunner().invoke(main, ["explain", *arguments, *with_stored])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_match_is_explained_feature_by_feature() -> None:
    found = json.loads(told("How do I bake bread?", "How can I bake bread, please?", "--json"))
    assert found["rule"] is None
    assert [each["name"] for each in found["features"]] == list(NAMES)
    apart = json.loads(told("How do I bake bread?", "Why do cats purr?", "--json"))
    assert apart["cosine"] < found["cosine"]
    assert apart["wrong"] > found["wrong"]


def test_what_a_second_encoder_says_is_among_the_features(tmp_path: Path) -> None:
    built = CliRunner().invoke(
        main, ["build", "minilm", str(tmp_path / "made"), "--weights", str(write_weights(tmp_path, drawn_weights()))]
    )
    assert built.exit_code == 0, built.output
    found = json.loads(told("how do i cook rice", "how can i cook rice", "--second", str(tmp_path / "made"), "--json"))
    assert [each["name"] for each in found["features"]] == list(SECONDED)


def test_a_rule_that_refuses_is_named() -> None:
    assert "refused by the rule numbers_differ" in told("What is 12 plus 3?", "What is 13 plus 3?")
    assert "refused by the rule personalised" in told("What is my account balance?", "What is a balance?")
    assert "code_literal_differs" in told("what is max_tokens for", "what is max_choices for")
    assert "no rule refuses it" in told("How do I bake bread?", "How can I bake bread?")


def fitted(folder: Path) -> str:
    mean = Mean([], np.zeros(0, np.float32), np.array([0.3, 0.1], np.float32))
    path = folder / "route.pantler"
    write_fitted(Fitted(("cheap", "dear"), "hashing", (1e-6, 1e-5), (2e-6, 2e-5), (50.0, 50.0), mean), path)
    return str(path)


def test_a_choice_is_explained_plan_by_plan(tmp_path: Path) -> None:
    found = json.loads(told("How do I bake bread?", "--multiplexer", fitted(tmp_path), "--json"))
    assert (found["chosen"], found["reference"], found["hits"]) == (["cheap"], "dear", 0.0)
    assert [round(each["wrong"], 3) for each in found["plans"]] == [0.3, 0.1]
    assert found["plans"][1]["price"] == 10 * found["plans"][0]["price"]
    assert [each["propensity"] for each in found["plans"]] == [1.0, 0.0]


def test_what_a_wrong_answer_costs_moves_the_choice(tmp_path: Path) -> None:
    free = "a wrong answer costs nothing without --error-weight"
    weighed = told("Bake bread?", "--multiplexer", fitted(tmp_path), "--error-weight", "0.1")
    assert "asked: dear" in weighed
    assert free not in weighed
    assert free in " ".join(told("Bake bread?", "--multiplexer", fitted(tmp_path)).split())


def test_one_thing_is_explained_at_a_time(tmp_path: Path) -> None:
    both = ["Bake bread?", "Bake it?", "--multiplexer", fitted(tmp_path)]
    for words in (["Bake bread?"], both, ["Bake bread?", "--ledger", str(tmp_path)]):
        found = CliRunner().invoke(main, ["explain", *words])
        assert found.exit_code == 2
        assert "one thing is explained at a time; give STORED" in found.stderr


@pytest.mark.parametrize(
    ("words", "idle"),
    [
        (["dec_1", "--ledger", ".", "--count", "2"], "--count has no effect with the id of a decision"),
        (["a?", "b?", "--error-weight", "0.1"], "--error-weight has no effect with STORED"),
        (["a?", "--config", "x.toml", "--error-weight", "0.1"], "--error-weight has no effect with --config"),
        (["a?", "--config", "x.toml", "--reference", "dear"], "--reference has no effect with --config"),
        (["a?", "--multiplexer", "x", "--embedder", "hashing"], "--embedder has no effect with --multiplexer"),
    ],
)
def test_what_would_be_without_effect_is_refused(words: list[str], idle: str) -> None:
    found = asked_of(words)
    assert found.exit_code == 2
    assert f"{idle}; leave it out" in found.stderr


def test_the_id_of_a_decision_is_no_question(tmp_path: Path) -> None:
    found = asked_of([f"dec_{'0' * 32}", "--multiplexer", fitted(tmp_path)])
    assert found.exit_code == 2
    assert "is the id of a decision, no question; give --ledger FOLDER in place of --multiplexer" in found.stderr


def asked_of(arguments: Sequence[str]) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments], prog_name="pantler")


def test_a_decision_is_explained_by_its_id_out_of_the_ledger(tmp_path: Path) -> None:
    plans = (Candidate(("cheap",), 100.0, 0.25, 0.3, 0.9), Candidate(("cheap", "dear"), 500.0, None, 0.1, 0.1))
    row = Row(
        "dec_1", 1e9, "blue", "desk", "00", 10, "miss", "least expected cost", 200, "auto", "learned", "cheap", 10, 5,
        plans, (), 90, 0, 0, 90, "estimated", 1.0, 0.2, hits=2.5,
    )  # fmt: skip

    async def write() -> None:
        rows = Rows(tmp_path)
        rows.open()
        rows.append(row)
        rows.append(msgspec.structs.replace(row, decision="dec_2", tier="hit", candidates=(), hits=None, wrong=0.07))
        await rows.close()

    asyncio.run(write())
    shown = asked_of(["dec_1", "--ledger", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    for words in ("cheap, dear", "0.25 s", "0.300", "0.9", "least expected cost", "2.50 further hits expected"):
        assert words in shown.stdout
    as_json = asked_of(["dec_1", "--ledger", str(tmp_path), "--json"])
    assert [each["propensity"] for each in json.loads(as_json.stdout)["candidates"]] == [0.9, 0.1]
    assert "held to be wrong by 0.070" in asked_of(["dec_2", "--ledger", str(tmp_path)]).stdout
    unknown = asked_of(["dec_3", "--ledger", str(tmp_path)])
    assert unknown.exit_code == 2
    assert "has no decision dec_3" in unknown.stderr
    for pasted in ("dec_1,", ' "dec_1",', "dec_1.\n"):
        assert asked_of([pasted, "--ledger", str(tmp_path)]).stdout == shown.stdout


@pytest.mark.parametrize(
    ("near", "said"),
    [
        (Neighbour("personalised"), ["no near answer: personalised"]),
        (Neighbour("semantic", "dec_0", "0a", 0.9424, 0.008), ["answer of dec_0", "0.9424", "0.0080: semantic"]),
        (Neighbour("too doubtful", "dec_0", "0a", 0.7, 0.3), ["answer of dec_0", "0.7000", "0.3000: too doubtful"]),
    ],
    ids=lambda each: each.reason if isinstance(each, Neighbour) else "",
)
def test_a_decision_tells_the_nearest_answer_and_what_came_of_it(
    near: Neighbour, said: list[str], tmp_path: Path
) -> None:
    row = Row(
        "dec_1", 1e9, "blue", "desk", "00", 10, "miss", "the only plan", 200, "auto", "learned", "cheap", 10, 5,
        (), (), 90, 0, 0, 90, "estimated", 1.0, 0.2, near=near,
    )  # fmt: skip

    async def write() -> None:
        rows = Rows(tmp_path)
        rows.open()
        rows.append(row)
        await rows.close()

    asyncio.run(write())
    shown = asked_of(["dec_1", "--ledger", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    assert [words for words in said if words not in " ".join(shown.stdout.split())] == []


GATEWAY = """
[cache]
path = "state"

[[models]]
name = "cheap"
provider = "scripted"
price = { in = 1, out = 2 }

[[models]]
name = "dear"
provider = "scripted"
price = { in = 10, out = 20 }

[[routes]]
name = "desk"
models = ["cheap", "dear"]
objective = { error_weight = 0.01 }
multiplexer = { use = "learned", fitted = "route.pantler", cascades = true }

[[routes]]
name = "plain"
models = ["cheap", "dear"]
"""


def test_a_route_is_explained_with_every_plan_that_it_weighs_and_what_its_gateway_has_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", SECRET.decode())
    fitted(tmp_path)
    config = tmp_path / "gateway.toml"
    config.write_text(GATEWAY)
    on_route = ["Bake bread?", "--config", str(config), "--route"]
    found = json.loads(asked_of([*on_route, "desk", "--json"]).stdout)
    assert [each["models"] for each in found["plans"]] == [["cheap"], ["dear"], ["cheap", "dear"]]
    assert [each["latency_seconds"] for each in found["plans"]] == [None] * 3
    assert "as configured and fitted: nothing was learned" in " ".join(asked_of([*on_route, "desk"]).stdout.split())
    before = json.loads(asked_of([*on_route, "plain", "--json"]).stdout)["plans"]

    async def serve() -> None:
        gateway = house(Path(fitting(config).cache.path), opened=True, **tables_of(fitting(config)))
        await gateway.ask("Bake bread?", model="desk").reply()
        await gateway.ask("Bake bread?", model="plain").reply()
        gateway.serving.keeping.save()

    asyncio.run(serve())
    learned = asked_of([*on_route, "desk"])
    assert "with what the gateway had learned at its last snapshot" in " ".join(learned.stdout.split())
    after = json.loads(asked_of([*on_route, "plain", "--json"]).stdout)["plans"]
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("PANTLER_PEPPER")
        told = " ".join(asked_of([*on_route, "desk"]).stdout.split())
        assert "under another pepper; set PANTLER_PEPPER as the gateway has it" in told
    assert after[0]["price"] < before[0]["price"], "who was never asked is taken to write as little as the others"
    for arguments, says in ((["nobody"], "no route named 'nobody'"), ([""], "--config has 2 routes")):
        refused = asked_of([*on_route, *arguments])
        assert refused.exit_code == 2
        assert says in refused.stderr


def tables_of(config: Config) -> dict[str, Any]:
    return {"models": config.models, "routes": config.routes, "cache": config.cache}


def test_a_conversation_is_explained_as_a_whole(tmp_path: Path) -> None:
    talk = tmp_path / "talk.json"
    talk.write_text(json.dumps({"messages": [{"role": "user", "content": "Bake bread?"}] * 50}))
    file = fitted(tmp_path)
    short, long = (
        json.loads(told(asked, "--multiplexer", file, "--json"))["plans"][0]["price"]
        for asked in ("Bake bread?", f"@{talk}")
    )
    assert long > short
    talk.write_text("{}")
    for asked, says in ((f"@{talk}", "holds no text"), (f"@{tmp_path}/none", "cannot be read")):
        refused = asked_of([asked, "--multiplexer", file])
        assert refused.exit_code == 2
        assert says in refused.stderr


FREE = """
[cache]
path = "state"

[[models]]
name = "free"
provider = "scripted"
price = { in = 0, out = 0 }

[[models]]
name = "other"
provider = "scripted"
price = { in = 0, out = 0 }

[[models]]
name = "unpriced"
provider = "scripted"
price = "unpriced"

[[routes]]
name = "at-no-charge"
models = ["free", "other"]

[[routes]]
name = "unknown"
models = ["unpriced"]
"""


@pytest.mark.parametrize(("route", "price"), [("at-no-charge", 0.0), ("unknown", None)])
def test_what_is_free_or_unpriced_is_explained_as_its_ledger_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: str, price: float | None
) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", SECRET.decode())
    config = tmp_path / "gateway.toml"
    config.write_text(FREE)

    def explained() -> set[float | None]:
        shown = asked_of(["Bake bread?", "--config", str(config), "--route", route, "--json"])
        return {each["price"] for each in json.loads(shown.stdout)["plans"]}

    async def rows() -> list[Any]:
        found = fitting(config)
        gateway = house(Path(found.cache.path), opened=True, **tables_of(found))
        for number in range(3):
            await gateway.ask(f"Bake {number}?", model=route).reply()
        gateway.serving.keeping.save()
        return gateway.rows

    assert explained() == {price}
    assert {plan.price for row in asyncio.run(rows()) for plan in row.candidates} == {price}
    assert explained() == {price}
