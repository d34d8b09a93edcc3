"""A reload lets requests have their turn, however much is stored."""

import asyncio
from pathlib import Path
from threading import current_thread, main_thread

import pytest

from house import MODEL, SECRET, House, house, settled
from pantler.config import tariff
from pantler.config.prices import price_of
from pantler.config.values import Config, Model, Prices, Route
from pantler.core.cost import Price
from pantler.core.engine import Engine
from pantler.core.errors import UnknownPart
from pantler.core.packing import as_kept
from pantler.core.seams import Multiplexer
from pantler.core.types import Serve
from pantler.gateway import succession
from pantler.gateway.reloading import Reloading
from pantler.gateway.setup import set_up
from pantler.gateway.succession import Succession
from pantler.multiplexers.by_route import ByRoute

ROUTED = Config(models=(MODEL,), routes=(Route("r", ("m",)),))
STORED = 5


class Flat:
    """Values every stored answer alike, but the one at which it fails."""

    revisits = False

    def __init__(self, fails_at: int = STORED) -> None:
        self._fails_at = fails_at
        self.valued = 0

    def revalue(self, stored: Serve) -> float:
        self.valued += 1
        if self.valued > self._fails_at:
            raise UnknownPart("route", stored.query.route, ())
        return 7.0


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "SLICE", 2)


async def stocked(folder: Path) -> House:
    gateway = house(folder, routes=ROUTED.routes)
    for number in range(STORED):
        await gateway.ask(f"{number}?", model="r").reply()
    return gateway


def routes_of(engine: Engine) -> dict[str, Multiplexer]:
    """Who chooses for each route."""
    assert isinstance(engine.multiplexer, ByRoute)
    return dict(engine.multiplexer.routes)


def ranked(gateway: House) -> int:
    """How many are ranked by `Flat`."""
    return sum(item.cost == 7.0 for item in gateway.keeping.engine.cache.residents.values())


@pytest.mark.parametrize(
    ("config", "stays"),
    [
        (ROUTED, True),
        (Config(models=(MODEL,), routes=(*ROUTED.routes, Route("s", ("m",)))), False),
        (Config(models=(Model("m", provider="scripted", price=Prices("3", "5")),), routes=ROUTED.routes), False),
    ],
    ids=["the same", "another route", "another price"],
)
def test_who_chooses_and_ranks_stays_where_a_reload_changes_no_model_price_or_route(
    config: Config, stays: bool, tmp_path: Path
) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path)
        before = gateway.keeping.engine.multiplexer
        gateway.serving.use(set_up(config, gateway.serving.setup.upstreams, SECRET))
        assert (gateway.keeping.engine.multiplexer is before) == stays
        assert gateway.serving.setup.multiplexer is gateway.keeping.engine.multiplexer
        await settled()
        assert len(gateway.keeping.engine.cache) == STORED

    asyncio.run(test())


def test_a_route_that_is_not_touched_keeps_who_chooses_there_and_one_that_is_takes_up_what_it_knew(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path)
        engine = gateway.keeping.engine
        before, knew = routes_of(engine), as_kept(engine.multiplexer.snapshot())
        touched = Route("r", ("m",), stale_seconds=9.0)
        config = Config(models=(MODEL,), routes=(touched, Route("s", ("m",))))
        gateway.serving.use(set_up(config, gateway.serving.setup.upstreams, SECRET))
        after = routes_of(engine)
        assert [name for name, each in after.items() if before.get(name) is each] == ["m"]
        assert as_kept(engine.multiplexer.snapshot())["r"] == knew["r"]
        assert (await gateway.ask("0?", model="r").reply()).tier == "hit"

    asyncio.run(test())


def test_a_price_that_is_listed_anew_is_another_though_the_file_is_the_same(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path)
        old = gateway.serving.setup
        new = set_up(ROUTED, old.upstreams, SECRET)
        assert succession.chooses_alike(new, new)
        new.terms.tariff._standard["m"] = (Price(1, 2), "listed anew")
        assert not succession.chooses_alike(old, new)

    asyncio.run(test())


def test_a_first_slice_is_ranked_at_once_and_the_others_in_turns_of_the_loop(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path)
        follows, flat = Succession(gateway.keeping.engine), Flat()
        follows.end(flat, follows.begin(flat, ()))
        seen = [ranked(gateway)]
        while seen[-1] < STORED:
            await asyncio.sleep(0)
            seen.append(ranked(gateway))
        assert seen == [2, 4, STORED]
        assert flat.valued == STORED

    asyncio.run(test())


def test_another_that_follows_meanwhile_ranks_what_the_first_one_had_still_to(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path)
        follows, first, second = Succession(gateway.keeping.engine), Flat(), Flat()
        for each in (first, second):
            follows.end(each, follows.begin(each, ()))
        await settled()
        assert (first.valued, second.valued) == (2, STORED)

    asyncio.run(test())


def test_one_that_cannot_value_the_first_slice_is_refused_and_a_later_slice_keeps_its_rank(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = await stocked(tmp_path)
        before, follows = gateway.keeping.engine.multiplexer, Succession(gateway.keeping.engine)
        with pytest.raises(UnknownPart):
            follows.begin(Flat(fails_at=1), ())
        assert gateway.keeping.engine.multiplexer is before
        flat = Flat(fails_at=3)
        follows.end(flat, follows.begin(flat, ()))
        await settled()
        assert ranked(gateway) == 2

    asyncio.run(test())


def test_prices_are_looked_up_beside_the_loop_before_they_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside: list[bool] = []

    def looked_up(model: Model, service_tier: str = "") -> tuple[Price | None, str]:
        beside.append(current_thread() is not main_thread())
        return price_of(model, service_tier)

    async def test() -> None:
        gateway = await stocked(tmp_path)
        monkeypatch.setattr(tariff, "price_of", looked_up)
        await Reloading(lambda: ROUTED, {}, gateway.serving, gateway.serving.clocks).renew()
        assert beside[0]

    asyncio.run(test())
