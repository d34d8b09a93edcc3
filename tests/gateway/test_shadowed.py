"""Requests that another model is asked too: beside the request, within what may be spent, to learn from."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from house import MODEL, SECRET, House, house, settled, whole
from pantler.config.keys import digest
from pantler.config.values import Cache, Key, Limits, Objective, Prices, Route, Shadowed, Tenant
from pantler.core.asks import Ask
from pantler.core.counts import WRONG
from pantler.core.errors import ProviderError
from pantler.ledgers.audit import audit
from pantler.ledgers.reading import reading
from pantler.multiplexers.tabular import Tabular

CHEAP, DEAR, OTHER = (replace(MODEL, name=name) for name in ("cheap", "dear", "other"))
PRICE = 7_000  # nano-dollars, of any
ALL = Shadowed(share=1.0, budget="$1/day")
TENANTS = (Tenant("blue", (Key(digest(SECRET, "sk-blue"), tokens_per_minute=1_000),), budget_per_day="0.1"),)


class Says:
    """What each model says, where the test does not fail or hold it."""

    def __init__(self, gateway: House, **texts: str) -> None:
        self.texts = texts
        self.asked: list[str] = []
        self.held: dict[str, asyncio.Event] = {}
        self.failing: set[str] = set()
        gateway.led.whole = self.whole  # type: ignore[method-assign]

    async def whole(self, ask: Ask) -> bytes:
        self.asked.append(ask.model)
        if ask.model in self.held:
            await self.held[ask.model].wait()
        if ask.model in self.failing:
            raise ProviderError(f"{ask.model} is down", kind="refused")
        return whole(self.texts[ask.model], ask.model)


def shadowing(folder: Path, shadowed: Shadowed = ALL, **tables: Any) -> House:
    route = Route("r", ("cheap", "dear"), objective=Objective(error_weight=0.01), shadowed=shadowed)
    return house(folder, **{"models": (CHEAP, DEAR), "routes": (route,), "opened": True, **tables})


async def done(gateway: House) -> None:
    await settled()
    await gateway.serving.sampling.beside.settled()
    await gateway.keeping.rows.acked()


def tabular(gateway: House) -> Tabular:
    found = gateway.keeping.engine.multiplexer.routes["r"].inner  # type: ignore[attr-defined]
    assert isinstance(found, Tabular)
    return found


def trust(gateway: House, *models: str) -> None:
    """Forty of each model's answers were said to be right."""
    for number in range(40):
        for model in models:
            tabular(gateway).tallies.observe(1_000 + number, model, WRONG, 0.0)


def words(folder: Path) -> list[tuple[str, str, float]]:
    with reading(folder) as connection:
        return connection.execute("SELECT decision, signal, good FROM words ORDER BY decision").fetchall()


def run(test: Callable[[], Any]) -> None:
    asyncio.run(test())


def ends(gateway: House) -> dict[str, float]:
    lines = gateway.serving.metrics.text().decode().splitlines()
    found = [line for line in lines if line.startswith("pantler_beside_total{") and 'purpose="shadow"' in line]
    return {line.partition('outcome="')[2].partition('"')[0]: float(line.rpartition(" ")[2]) for line in found}


def test_another_model_is_asked_too_on_the_same_account_and_has_a_row_of_its_own(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        said = Says(gateway, cheap="four", dear="four")
        reply = await gateway.ask("2+2?", model="r").reply()
        await done(gateway)
        assert (reply.headers["x-pantler-model"], said.asked) == ("dear", ["dear", "cheap"])
        first, shadow = gateway.rows
        assert (first.tier, shadow.tier, shadow.model) == ("miss", "shadow", "cheap")
        assert shadow.decision == f"{first.decision}-shadow"
        assert (shadow.spent, shadow.baseline, shadow.saved_by_cache, shadow.saved_by_choice) == (PRICE, 0, 0, -PRICE)
        chances = {each.models: each.propensity for each in shadow.candidates}
        assert chances[("cheap",)] == 1.0 == sum(chances.values())
        assert ends(gateway) == {"agrees": 1.0}
        await gateway.close()
        with reading(tmp_path) as connection:
            assert audit(connection).offences == []

    run(test)


@pytest.mark.parametrize(("other", "good"), [("four", 1), ("five", 0)])
def test_whether_they_agree_is_a_word_on_both_where_both_are_believed(tmp_path: Path, other: str, good: int) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        trust(gateway, "cheap", "dear")
        Says(gateway, cheap=other, dear="four")
        await gateway.ask("2+2?", model="r").reply()
        await done(gateway)
        await gateway.close()
        decision, told = gateway.rows[0].decision, words(tmp_path)
        assert [each[:2] for each in told] == [(decision, "agreement"), (f"{decision}-shadow", "agreement")]
        assert all((each[2] > 0.5) == bool(good) for each in told)

    run(test)


def test_of_an_answer_beside_a_doubtful_one_nothing_is_said(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        trust(gateway, "dear")
        Says(gateway, cheap="five", dear="four")
        await gateway.ask("2+2?", model="r").reply()
        await done(gateway)
        await gateway.close()
        assert [each[0] for each in words(tmp_path)] == [f"{gateway.rows[0].decision}-shadow"]

    run(test)


def test_the_other_models_charges_and_errors_are_learned_and_not_that_it_was_asked(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        Says(gateway, cheap="five", dear="four")
        for number in range(10):
            await gateway.ask(f"{number}?", model="r").reply()
            await done(gateway)
        assert tabular(gateway).tallies.numbers("cheap") == (0.0, 10.0), "nobody is sure enough to say so yet"
        trust(gateway, "dear")
        for number in range(10, 20):
            await gateway.ask(f"{number}?", model="r").reply()
            await done(gateway)
        assert tabular(gateway).tallies.numbers("cheap") == (10.0, 20.0)
        assert (tabular(gateway).tallies.mean("cheap", WRONG) or 0.0) > 0.8
        await gateway.close()

    run(test)


def test_an_answer_that_a_believed_model_contradicts_is_not_served_again(tmp_path: Path) -> None:
    async def test() -> None:
        route = Route("r", ("cheap", "dear"), objective=Objective(error_weight=1e-9), shadowed=ALL)
        gateway = shadowing(tmp_path, routes=(route,), models=(CHEAP, replace(DEAR, price=Prices("100", "100"))))
        trust(gateway, "cheap", "dear")
        said = Says(gateway, cheap="five", dear="four")
        for _ in range(2):
            reply = await gateway.ask("2+2?", model="r").reply()
            await done(gateway)
            assert (reply.headers["x-pantler-model"], reply.tier) == ("cheap", "miss")
        said.texts["dear"] = "five"
        await gateway.ask("2+3?", model="r").reply()
        await done(gateway)
        assert (await gateway.ask("2+3?", model="r").reply()).tier == "hit"
        await gateway.close()

    run(test)


def test_no_client_waits_for_it_and_it_ends_with_the_gateway(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        said = Says(gateway, cheap="four", dear="four")
        said.held["cheap"] = asyncio.Event()
        assert (await gateway.ask("2+2?", model="r").reply()).status == 200
        await settled()
        assert (said.asked, gateway.tiers) == (["dear", "cheap"], ["miss"])
        gateway.serving.close()
        await gateway.serving.loop.streams.landed()
        assert gateway.tiers == ["miss", "shadow"], "what it may have taken is in the ledger"
        assert gateway.rows[1].asked[0].outcome == "cancelled"
        await gateway.close()

    run(test)


def test_what_breaks_in_it_is_counted_and_told_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise RuntimeError("a fault of our own")

    async def test() -> None:
        gateway = shadowing(tmp_path)
        Says(gateway, cheap="four", dear="four")
        monkeypatch.setattr("pantler.gateway.shadowing.comparable", broken)
        assert (await gateway.ask("2+2?", model="r").reply()).status == 200
        await done(gateway)
        (family,) = gateway.serving.sampling.beside.family()
        ends = {each.labels["outcome"]: each.value for each in family.samples if each.name.endswith("_total")}
        assert ends == {"failed": 1.0}
        await gateway.close()

    run(test)
    assert "of route 'r' failed (RuntimeError)" in caplog.text


def test_no_more_than_a_few_are_under_way(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        said = Says(gateway, cheap="four", dear="four")
        said.held["cheap"] = asyncio.Event()
        for number in range(12):
            await gateway.ask(f"{number}?", model="r").reply()
        await settled()
        assert said.asked.count("cheap") == 8
        said.held["cheap"].set()
        await done(gateway)
        assert ends(gateway) == {"busy": 4.0, "agrees": 8.0}
        await gateway.close()

    run(test)


@pytest.mark.parametrize(("budget", "share"), [("100%", 1.0), ("30%", 0.3), ("0%", 0.0)], ids=str)
def test_it_costs_no_more_than_its_share_of_what_calls_cost(tmp_path: Path, budget: str, share: float) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path, replace(ALL, budget=budget))
        Says(gateway, cheap="four", dear="four")
        for number in range(60):
            await gateway.ask(f"{number}?", model="r", max_completion_tokens=2).reply()
            await done(gateway)
        calls, shadows = [[row.spent or 0 for row in gateway.rows if row.tier == tier] for tier in ("miss", "shadow")]
        assert sum(shadows) <= share * sum(calls)
        assert bool(shadows) == (share > 0.0)
        await gateway.close()

    run(test)


def test_the_tenants_budget_pays_for_it_and_its_keys_limits_do_not(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path, models=tuple(replace(each, max_tokens_out=2) for each in (CHEAP, DEAR)),
                            tenants=TENANTS)  # fmt: skip
        Says(gateway, cheap="four", dear="four")
        headers = {"authorization": "Bearer sk-blue"}
        assert (await gateway.ask("2+2?", model="r", headers=headers).reply()).status == 200
        await done(gateway)
        assert gateway.serving.budgets.spent("blue") == (2 * PRICE, 2 * PRICE)
        taken = gateway.serving.limiter._by_digest[digest(SECRET, "sk-blue")].tokens
        assert taken is not None
        assert taken.wait(990, gateway.serving.clocks.monotonic()) == 0, "the five tokens of one call alone are taken"
        await gateway.close()

    run(test)


def test_where_the_tenants_budget_has_no_room_only_the_shadow_is_refused(tmp_path: Path) -> None:
    async def test() -> None:
        tenants = (replace(TENANTS[0], budget_per_day="0.00001"),)
        bounded = tuple(replace(each, max_tokens_out=2, max_tokens_in=3) for each in (CHEAP, DEAR))
        gateway = shadowing(tmp_path, models=bounded, tenants=tenants)
        route = replace(gateway.serving.setup.config.routes[0], fallbacks=())
        await gateway.close()
        gateway = shadowing(tmp_path / "more", models=bounded, tenants=tenants, routes=(route,))
        said = Says(gateway, cheap="four", dear="four")
        reply = await gateway.ask("2+2?", model="r", headers={"authorization": "Bearer sk-blue"}).reply()
        await done(gateway)
        assert (reply.status, said.asked, ends(gateway)) == (200, ["dear"], {"failed": 1.0})
        await gateway.close()

    run(test)


def test_an_upstream_with_few_turns_keeps_them_for_clients(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path, models=(replace(CHEAP, limits=Limits(concurrency=1)), DEAR))
        said = Says(gateway, cheap="four", dear="four")
        await gateway.ask("2+2?", model="r").reply()
        await done(gateway)
        assert (said.asked, ends(gateway)) == (["dear"], {"not_asked": 1.0})
        await gateway.close()

    run(test)


def test_a_shadow_that_fails_is_its_models_failure_and_no_word(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        said = Says(gateway, cheap="four", dear="four")
        said.failing.add("cheap")
        await gateway.ask("2+2?", model="r").reply()
        await done(gateway)
        assert ends(gateway) == {"failed": 1.0}
        assert (gateway.rows[1].tier, gateway.rows[1].model, gateway.rows[1].asked[0].outcome) == (
            "shadow", "", "refused",
        )  # fmt: skip
        await gateway.close()
        with reading(tmp_path) as connection:
            assert connection.execute("SELECT count(*) FROM words").fetchone() == (0,)

    run(test)


def test_an_answer_that_shows_itself_to_be_none_is_its_models_failure_too(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        Says(gateway, cheap="", dear="four")
        await gateway.ask("2+2?", model="r").reply()
        await done(gateway)
        await gateway.serving.ratings.settled()
        await gateway.close()
        assert words(tmp_path) == [(f"{gateway.rows[0].decision}-shadow", "empty", 0.0)]

    run(test)


def test_of_a_stream_the_whole_is_compared_with_what_another_model_says_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        said = Says(gateway, cheap="four", dear="never said")
        reply = await gateway.ask("2+2?", model="r", stream=True).reply()
        await done(gateway)
        assert (reply.text, said.asked, ends(gateway)) == ("four", ["cheap"], {"agrees": 1.0})
        await gateway.close()

    run(test)


@pytest.mark.parametrize(
    "fields",
    [{"headers": {"cache-control": "no-store"}}, {"n": 2}, {"unheard_of": 1}],
    ids=["not to be kept", "several answers", "the cache stands aside"],
)
def test_what_is_not_like_the_rest_is_not_shadowed(tmp_path: Path, fields: dict[str, Any]) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        said = Says(gateway, cheap="four", dear="four")
        await gateway.ask("2+2?", model="r", **fields).reply()
        await done(gateway)
        assert said.asked == ["dear"]
        await gateway.close()

    run(test)


def test_a_hit_is_not_shadowed_again(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        said = Says(gateway, cheap="four", dear="four")
        for _ in range(3):
            await gateway.ask("2+2?", model="r").reply()
            await done(gateway)
        assert said.asked == ["dear", "cheap"]
        await gateway.close()

    run(test)


def test_long_texts_are_not_compared_letter_by_letter(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = shadowing(tmp_path)
        Says(gateway, cheap="A long story. " * 30, dear="Another long story. " * 30)
        await gateway.ask("Tell me a story", model="r").reply()
        await done(gateway)
        assert ends(gateway) == {"untold": 1.0}
        assert tabular(gateway).tallies.numbers("cheap")[1] == 1.0, "what it charged is known all the same"
        await gateway.close()

    run(test)


def test_a_model_may_be_asked_whether_they_agree_at_the_shadows_cost(tmp_path: Path) -> None:
    async def test() -> None:
        by_model = replace(ALL, judge="model", judge_settings={"model": "other"})
        gateway = shadowing(tmp_path, by_model, models=(CHEAP, DEAR, OTHER))
        said = Says(gateway, cheap="A long story. " * 30, dear="Another long story. " * 30, other="YES")
        await gateway.ask("Tell me a story", model="r").reply()
        await done(gateway)
        assert (said.asked, ends(gateway)) == (["dear", "cheap", "other"], {"agrees": 1.0})
        assert gateway.tiers == ["miss", "shadow", "judge"]
        assert gateway.rows[2].tenant == gateway.rows[0].tenant
        await gateway.close()
        with reading(tmp_path) as connection:
            assert audit(connection).offences == []

    run(test)


def test_what_today_has_taken_is_known_after_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        for number in range(1, 3):
            gateway = shadowing(tmp_path, cache=Cache(path=str(tmp_path)))
            Says(gateway, cheap="four", dear="four")
            await gateway.ask(f"{number}?", model="r").reply()
            await done(gateway)
            assert gateway.serving.loop.purses["r", "shadow"].spent == number * PRICE
            await gateway.close()

    run(test)
