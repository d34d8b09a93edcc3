"""A route with a guarantee: what its certificate lets goes below, and ratings that contradict it end that."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from msgspec.structs import replace

from house import House, Reply, house
from outcomes import a_poem, a_sum, fitted_file
from pantler.config.values import Choice, Guarantee, Model, Objective, Prices, Route
from pantler.fitted import read_fitted, write_fitted
from pantler.learning.certifying import Certified

CHEAP = Model("cheap", provider="scripted", price=Prices("1", "1"))
DEAR = Model("dear", provider="scripted", price=Prices("10", "10"))
CERTIFIED = Certified(0.2, 0.95, "dear", ("cheap",), 0.4, 100, 5)


def gateway_of(folder: Path) -> House:
    file = fitted_file(folder)
    write_fitted(replace(read_fitted(file), guarantees=(CERTIFIED,)), file)
    choice = Choice("learned", fitted=str(file), appraisal_seconds=30.0)
    route = Route("r", ("cheap", "dear"), objective=Objective(guarantee=Guarantee(0.2)), multiplexer=choice)
    return house(folder, opened=True, models=(CHEAP, DEAR), routes=(route,))


async def asked(gateway: House, question: str) -> Reply:
    return await gateway.ask(question, model="r", headers={"cache-control": "no-cache"}).reply()


def test_ratings_that_contradict_a_guarantee_leave_the_reference_alone_and_the_log_and_a_metric_say_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        gateway = gateway_of(tmp_path)
        poem = await asked(gateway, a_poem(1234))
        assert poem.headers["x-pantler-model"] == "dear"
        for number in range(1000, 1008):
            reply = await asked(gateway, a_sum(number))
            assert reply.headers["x-pantler-model"] == ("cheap" if number < 1005 else "dear")
            said = {"decision_id": reply.headers["x-pantler-decision"], "good": False}
            assert (await gateway.post("/v1/feedback", json.dumps(said).encode()).reply()).status == 200
        assert "contradict" in gateway.rows[-1].reason
        holds, _ = gateway.serving.guarantees.families()
        assert [(each.labels, each.value) for each in holds.samples] == [({"route": "r"}, 0.0)]
        await gateway.close()

    with caplog.at_level(logging.ERROR, "pantler.gateway"):
        asyncio.run(test())
    assert sum("contradicts the guarantee" in record.message for record in caplog.records) == 1


def test_a_model_below_stands_in_for_no_reference(tmp_path: Path) -> None:
    gateway = gateway_of(tmp_path)
    assert gateway.serving.setup.means["r"].fallbacks == ("dear",)
