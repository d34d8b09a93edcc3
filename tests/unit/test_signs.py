"""What an answer shows of its being right: fitted to outcomes, kept in the file, and gone by in a cascade."""

import asyncio
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from pantler.build import configured
from pantler.cli import main
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import TraceError
from pantler.fitted import read_fitted
from pantler.judges.agreement import Agreement
from pantler.judges.signs import BySigns
from pantler.simulator.fitting.signs import signing
from pantler.texts.showing import MOST_READ, Sign, sign
from pantler.texts.signs import Signs
from pantler.traces.outcomes import Outcomes, read_outcomes

JSON = {"type": "json_object"}


def answer(text: str, *logprobs: float, tokens: int = 3, end: str = "stop") -> bytes:
    told = {"content": [{"token": "x", "logprob": each} for each in logprobs]} if logprobs else None
    choice = {"message": {"content": text}, "finish_reason": end, "logprobs": told}
    usage = {"prompt_tokens": 1, "completion_tokens": tokens}
    return msgspec.json.encode({"choices": [choice], "usage": usage})


def rows(seed: int = 0, count: int = 600) -> list[dict[str, Any]]:
    """A cheap model whose log-probability tells when it is wrong, a dear one that is right."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        logprob = -rng.exponential(0.5)
        for model, right, cost in (("cheap", logprob > -0.5, 1e-6), ("dear", rng.random() < 0.97, 1e-4)):
            row = {"query_id": f"q{number:04}", "prompt": f"Question {number}?", "model": model, "score": float(right)}
            shown = logprob if model == "cheap" else None
            found.append({**row, "cost_usd": cost, "tokens_in": 9, "tokens_out": 9, "logprob": shown})
    return found


def written(path: Path, table: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"\n".join(map(msgspec.json.encode, table)))
    return path


@pytest.fixture
def outcomes(tmp_path: Path) -> Outcomes:
    return read_outcomes(written(tmp_path / "made.jsonl", rows()))


def test_a_log_probability_that_tells_is_learned_and_stops_where_the_dear_model_pays(outcomes: Outcomes) -> None:
    found = signing(outcomes, 1, 1e-3)
    assert found is not None
    assert found.log_loss < 0.5 * found.by_rates
    sure, unsure = (found.signs.score(0, Sign(confidence=each)) for each in (-0.1, -2.0))
    assert sure > 0.5 > unsure
    assert 0.5 < found.kept < 0.75


def test_where_wrong_answers_cost_nothing_all_are_kept_and_where_they_cost_all_few(outcomes: Outcomes) -> None:
    free, dear = signing(outcomes, 1, 0.0), signing(outcomes, 1, 1.0)
    assert free is not None
    assert dear is not None
    assert free.kept == 1.0
    assert dear.kept < free.kept


def test_outcomes_that_show_nothing_of_answers_teach_nothing(outcomes: Outcomes) -> None:
    assert signing(replace(outcomes, confidence=np.full(outcomes.scores.shape, np.nan)), 1, 1e-3) is None
    assert signing(outcomes.rows(np.arange(50)), 1, 1e-3) is None


def test_agreement_with_the_next_cheaper_model_is_learned(outcomes: Outcomes) -> None:
    rng = np.random.default_rng(1)
    right = rng.random((len(outcomes), 2)) < 0.6
    scores = np.column_stack([right, np.ones(len(right))]).astype(float)
    wrong = rng.integers(0, 10**6, scores.shape).astype(str).astype(object)
    three = replace(
        outcomes, models=("a", "b", "dear"), scores=scores, costs=np.tile([1e-6, 2e-6, 1e-4], (len(right), 1)),
        answers=np.where(scores > 0.0, "right", wrong), tokens_out=np.ones(scores.shape),
        checked=np.full(scores.shape, np.nan), confidence=np.full(scores.shape, np.nan),
    )  # fmt: skip
    found = signing(three, 2, 1e-3)
    assert found is not None
    same, other = (found.signs.score(1, Sign(agreeing=each)) for each in (1.0, 0.0))
    assert same > 0.5 > other


def test_what_is_missing_counts_for_nothing() -> None:
    one = np.ones(4, np.float32)
    signs = Signs(one, one, one, np.zeros(2, np.float32), np.zeros(1, np.float32))
    assert signs.score(0, Sign()) == 0.5
    assert signs.score(0, Sign(checked=1.0)) == 0.5, "it is as usual"
    assert signs.score(0, Sign(checked=2.0)) < 0.5


def test_an_answer_shows_its_form_its_confidence_its_length_and_who_says_the_same() -> None:
    ask = Ask("chat", "cheap", {"response_format": JSON})
    found = sign(ask, [answer('{"a": 1}'), answer("[]"), answer('{"a": 1.0}', -1.0, -2.0, tokens=0)])
    assert found == Sign(checked=1.0, confidence=-1.5, length=0.0, agreeing=0.5)
    alone = sign(Ask("chat", "cheap", {}), [answer("four")])
    assert isnan(alone.checked)
    assert isnan(alone.confidence)
    assert isnan(alone.agreeing)
    assert sign(ask, [answer("no JSON")]).checked == 0.0


@pytest.mark.parametrize(("end", "score"), [("stop", 0.75), ("length", 0.0), ("content_filter", 0.0)])
def test_an_answer_that_was_cut_short_is_not_kept_whatever_it_shows(end: str, score: float) -> None:
    judge = BySigns(score=lambda model, _: 0.75 if model == "cheap" else nan)
    assert asyncio.run(judge.judge(Ask("chat", "cheap", {}), [answer("four", end=end)])).score == score


def test_what_was_fitted_is_gone_by_in_a_cascade_and_a_model_it_does_not_know_is_not_kept(tmp_path: Path) -> None:
    data, kept = written(tmp_path / "made.jsonl", rows()), tmp_path / "it.pantler"
    arguments = ["fit", str(data), "-o", str(kept), "--embedder", "hashing"]
    result = CliRunner().invoke(main, arguments, prog_name="pantler")
    assert result.exit_code == 0, result.output
    assert 'with judge = "signs" a cascade keeps' in result.stdout
    judge = configured("judges", "signs", score=read_fitted(kept).score)

    def judged(model: str, logprob: float) -> Opinion:
        opinion: Opinion = asyncio.run(judge.judge(Ask("chat", model, {}), [answer("four", logprob)]))
        return opinion

    assert judged("cheap", -0.05).score > 0.5 > judged("cheap", -3.0).score
    assert judged("stranger", -0.05).score == 0.0


def test_a_route_whose_file_tells_nothing_of_answers_is_refused_with_the_remedy(tmp_path: Path) -> None:
    plain = [{name: value for name, value in row.items() if name != "logprob"} for row in rows(count=120)]
    data, kept, config = (tmp_path / name for name in ("made.jsonl", "it.pantler", "gateway.toml"))
    CliRunner().invoke(main, ["fit", str(written(data, plain)), "-o", str(kept), "--embedder", "hashing"])
    table = '[[models]]\nname = "{}"\nprovider = "scripted"\nprice = {{ in = 1, out = 1 }}\n'
    for fitted, said in ((", fitted = 'it.pantler'", "tells nothing of answers"), ("", "none is named")):
        chooser = f"multiplexer = {{ use = 'cascade', judge = 'signs'{fitted} }}"
        route = f'[[routes]]\nname = "r"\nmodels = ["cheap", "dear"]\n{chooser}\n'
        config.write_text(table.format("cheap") + table.format("dear") + route)
        result = CliRunner().invoke(main, ["check", str(config)], prog_name="pantler")
        assert result.exit_code == 2
        assert said in result.stderr


@pytest.mark.parametrize(("name", "value"), [("checked", 2.0), ("logprob", 0.5)])
def test_a_sign_outside_its_range_is_named_with_its_row(tmp_path: Path, name: str, value: float) -> None:
    table = [{**row, name: value} for row in rows(count=2)]
    with pytest.raises(TraceError, match=f"row 1 has {name} {value}"):
        read_outcomes(written(tmp_path / "made.jsonl", table))


def judged(judge: Any, ask: Ask, texts: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Opinion, set[bool]]:
    """What it says of the last, and whether texts were read in the thread of the event loop."""
    threads: set[bool] = set()

    def noted(ask: Ask, answers: list[bytes]) -> Sign:
        threads.add(current_thread() is main_thread())
        return sign(ask, answers)

    monkeypatch.setattr("pantler.judges._beside.sign", noted)
    return asyncio.run(judge.judge(ask, list(map(answer, texts)))), threads


@pytest.mark.parametrize(
    ("words", "form", "is_on_the_loop"), [(2, {}, True), (2000, {}, False), (2, {"type": "json_schema"}, False)]
)
def test_what_is_slow_to_read_is_read_beside_the_event_loop_and_handed_on(
    monkeypatch: pytest.MonkeyPatch, words: int, form: dict[str, Any], is_on_the_loop: bool
) -> None:
    text, ask = "word " * words, Ask("chat", "m", {"response_format": form})
    opinion, threads = judged(Agreement(), ask, [text, text], monkeypatch)
    assert (opinion.score, threads) == (1.0, {is_on_the_loop})
    assert opinion.shown == sign(ask, [answer(text), answer(text)]).kept()


def test_a_very_long_answer_agrees_with_its_equal_and_is_not_held_against_a_schema() -> None:
    ask = Ask("chat", "m", {"response_format": JSON})
    text = msgspec.json.encode({"words": "word " * MOST_READ}).decode()
    shows = sign(ask, [answer(text), answer(text)])
    assert (isnan(shows.checked), shows.agreeing) == (True, 1.0)
    assert sign(ask, [answer(text), answer(text.upper())]).agreeing == 0.0
