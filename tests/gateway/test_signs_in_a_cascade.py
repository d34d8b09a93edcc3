"""A cascade in the gateway that stops by what an answer shows, as a fitted file has it."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from house import MODEL, house, whole
from pantler.appraisers.mean import Mean
from pantler.config.values import Choice, Route
from pantler.fitted import Fitted, write_fitted
from pantler.texts.signs import Signs


def fitted(path: Path) -> Path:
    """By a file that knows nothing but that an answer of the form that was asked for is right."""
    weights, centre, one = (np.array(each, np.float32) for each in ([-8, 0, 0, 0], [0.5, 0, 0, 0], [1, 1, 1, 1]))
    nothing = np.zeros(2, np.float32)
    signs = Signs(weights, centre, one, nothing, nothing[:1] - 1.0)
    mean = Mean([], nothing[:0], nothing + 0.5)
    prices = (1e-6, 1e-6)
    write_fitted(Fitted(("m", "n"), "hashing", prices, prices, (1.0, 1.0), mean, signs=signs), path)
    return path


@pytest.mark.parametrize(("text", "asked"), [('{"sum": 4}', ["m"]), ("four", ["m", "n"])])
def test_an_answer_that_keeps_the_form_stops_the_cascade_and_another_does_not(
    tmp_path: Path, text: str, asked: list[str]
) -> None:
    choice = Choice("cascade", "signs", fitted=str(fitted(tmp_path / "it.pantler")))
    models = (MODEL, replace(MODEL, name="n"))

    async def test() -> None:
        gateway = house(tmp_path, models=models, routes=(Route("both", ("m", "n"), multiplexer=choice),))
        gateway.led.gate.set()
        gateway.led.answer = whole(text)
        reply = await gateway.ask(model="both", response_format={"type": "json_object"}).reply()
        assert reply.status == 200
        assert [ask.model for ask in gateway.led.asks] == asked

    asyncio.run(test())


@pytest.mark.parametrize(("use", "times"), [("cascade", 1), ("single", 0)])
def test_what_holds_answers_against_schemas_is_imported_before_the_first_request_where_a_judge_may_want_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: str, times: int
) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr("pantler.texts.forms.load", lambda: loaded.append(True))
    house(tmp_path, models=(MODEL, replace(MODEL, name="n")), routes=(Route("r", ("m", "n"), multiplexer=Choice(use)),))
    assert len(loaded) == times
