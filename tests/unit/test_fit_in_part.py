"""`pantler fit` from what a service has seen of its own choices: logs with feedback, and the ledger."""

import asyncio
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from outcomes import CHANCES, a_poem, a_sum
from pantler.cli import main
from pantler.core.cost import Price, Tokens
from pantler.core.errors import TraceError
from pantler.core.rows import Asked, Candidate, Row, Word
from pantler.embedders.hashing import Hashing
from pantler.fitted import read_fitted
from pantler.ledgers.rows import Rows
from pantler.simulator.fitting import signs_heard
from pantler.simulator.fitting.chances import Chances
from pantler.simulator.fitting.checking import Basis, by_log
from pantler.simulator.fitting.from_ledger import from_ledger, read_texts
from pantler.simulator.fitting.in_part import PARTIAL, fitted_in_part
from pantler.texts.reading import Reading
from pantler.texts.showing import Sign
from pantler.traces.experience import Event, Experience

READING = Reading(Hashing())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["fit", "--embedder", "hashing", *arguments], prog_name="pantler")


def seen(count: int) -> list[dict[str, Any]]:
    """Each a request that one of two models has answered, with what was said of it."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(count):
        is_sum = rng.random() < 0.5
        model = "cheap" if rng.random() < 0.5 else "dear"
        text = a_sum(number) if is_sum else a_poem(number)
        good = bool(rng.random() < CHANCES[model][0 if is_sum else 1])
        found.append({"text": text, "model": model, "good": good})
    return found


def as_openai(event: dict[str, Any]) -> dict[str, Any]:
    usage = {"prompt_tokens": 10, "completion_tokens": 20}
    messages = [{"role": "user", "content": event["text"]}]
    spend = 1e-5 if event["model"] == "cheap" else 1e-4
    said = {"messages": messages, "model": event["model"], "response": {"usage": usage}, "spend": spend}
    return {**said, "feedback": event["good"], "propensity": 0.5}


def as_litellm(event: dict[str, Any]) -> dict[str, Any]:
    messages = [{"role": "user", "content": event["text"]}]
    stored = json.dumps({"messages": messages})
    said = {"request_id": "r", "call_type": "acompletion", "model": event["model"], "spend": 1e-5, "startTime": 1}
    tokens = {"prompt_tokens": 10, "completion_tokens": 20}
    return {
        **said,
        **tokens,
        "proxy_server_request": stored,
        "metadata": {"feedback": "up" if event["good"] else "down"},
    }


def log(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records))
    return path


@pytest.mark.parametrize("shape", [as_openai, as_litellm])
def test_a_log_with_feedback_teaches_which_texts_are_too_hard_for_which_model(shape: Any, tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [shape(event) for event in seen(600)])
    result = run(str(path), "-o", str(tmp_path / "route.pantler"))
    assert result.exit_code == 0, result.output
    assert "600 ratings with texts" in result.stdout
    fitted = read_fitted(tmp_path / "route.pantler", ["cheap", "dear"])
    at_sum, at_poem = (fitted.mean.wrong(READING.one(text)) for text in (a_sum(999), a_poem(999)))
    assert at_sum[0] < 0.3
    assert at_poem[0] > 0.7
    assert at_poem[1] < 0.3


def test_prices_are_found_by_what_was_spent(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [as_openai(event) for event in seen(200)])
    assert run(str(path), "-o", str(tmp_path / "it.pantler")).exit_code == 0
    fitted = read_fitted(tmp_path / "it.pantler")
    for place, spend in enumerate((1e-5, 1e-4)):
        assert 10 * fitted.price_in[place] + 20 * fitted.price_out[place] == pytest.approx(spend, rel=1e-3)


def test_a_model_that_only_its_spend_makes_free_is_told_of(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [{**as_openai(event), "spend": 0.0} for event in seen(60)])
    result = run(str(path), "-o", str(tmp_path / "it.pantler"), "--price", "dear=0,0")
    assert result.exit_code == 0, result.output
    assert "cheap counts as free, as all its spend is 0; else give --price cheap=IN,OUT" in result.stdout
    assert "dear counts as free" not in result.stdout


def test_the_usage_of_a_batch_s_answer_is_found(tmp_path: Path) -> None:
    records = []
    for event in map(as_openai, seen(60)):
        body = {"model": event["model"], "messages": event["messages"]}
        answer = {"status_code": 200, "body": {"model": event["model"], **event["response"]}}
        records.append({"custom_id": "r", "body": body, "response": answer, "feedback": event["feedback"]})
    prices = ("--price", "cheap=1,2", "--price", "dear=10,20")
    result = run(str(log(tmp_path / "log.jsonl", records)), "-o", str(tmp_path / "it.pantler"), *prices)
    assert result.exit_code == 0, result.output
    assert read_fitted(tmp_path / "it.pantler").tokens_out == (20.0, 20.0)


def test_each_setting_that_is_tried_is_told() -> None:
    steps: list[int] = []
    events = [Event(each["text"], each["model"], each["good"], 1.0, 10.0, 20.0, 1e-5) for each in seen(150)]
    fitted_in_part(Experience("made", tuple(events)), READING, "hashing", steps.append)
    assert steps == [1] * sum(len(kind.settings) for kind in PARTIAL)


def test_texts_that_are_no_such_lines_are_refused_with_the_line_s_number(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    for second, says in (("prompt,model", "line 2 is no JSON"), ('{"prompt": "a"}', "line 2: Object missing required")):
        texts.write_text('{"decision_id": "dec_1", "prompt": "a"}\n' + second)
        with pytest.raises(TraceError, match=says):
            read_texts(texts)


def test_what_cannot_be_learned_from_is_counted_and_shown(tmp_path: Path) -> None:
    events = [as_openai(event) for event in seen(200)]
    events[0]["feedback"], events[1]["feedback"], events[2]["messages"] = None, "meh", []
    del events[3]["propensity"]
    result = run(str(log(tmp_path / "log.jsonl", events)), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 0, result.output
    for said in (
        "1 records left out: no feedback",
        "1 records left out: feedback in words other than true, good, up",
        "1 records left out: no text",
        "1 records with feedback name no propensity: their model is taken to have been certain",
    ):
        assert said in result.stdout


def test_what_a_cache_answered_does_not_make_its_model_cheap(tmp_path: Path) -> None:
    events = [as_openai(event) for event in seen(300)]
    hits = [{**event, "cache_hit": "True", "spend": 0.0} for event in events[:100]]
    result = run(str(log(tmp_path / "log.jsonl", hits + events[100:])), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 0, result.output
    assert "100 records left out: answered by a cache" in result.stdout
    fitted = read_fitted(tmp_path / "it.pantler")
    assert 10 * fitted.price_in[1] + 20 * fitted.price_out[1] == pytest.approx(1e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("feedback", 5, "line 3 has feedback 5; it is 0 (wrong) to 1 (right): bring stars, or -1 and 1, to that scale"),
        ("feedback", -1, "line 3 has feedback -1"),
        ("propensity", 80, "line 3 has propensity 80; write the chance, above 0 to 1"),
        ("propensity", 0, "line 3 has propensity 0"),
        ("propensity", "80%", "line 3 has propensity '80%'"),
        ("spend", -1.0, "line 3 has spend -1; write a number from 0 on"),
    ],
)
def test_a_number_that_is_of_another_scale_is_refused_with_its_line(
    field: str, value: object, says: str, tmp_path: Path
) -> None:
    events: list[dict[str, Any]] = [as_openai(event) for event in seen(200)]
    events[1][field] = value
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(map(json.dumps, events)).replace("\n", "\n\n", 1))
    result = run(str(path), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([{"model": "cheap", "messages": [{"content": "?"}]}], "no record has a model, a text and feedback"),
        ([as_openai({"text": "?", "model": "cheap", "good": True})] * 3, "every answer was said to be right"),
        ([{"model": "a", "prompt": "?", "score": 0.5}] * 3, "every answer was said to be 0.5 good"),
        ([{"model": "a", "prompt": "?", "good": each} for each in (True, False)], "neither prices nor tokens"),
    ],
)
def test_a_log_that_teaches_nothing_is_refused_with_the_remedy(
    records: list[dict[str, Any]], said: str, tmp_path: Path
) -> None:
    result = run(str(log(tmp_path / "log.jsonl", records)), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "it.pantler").exists()


def test_of_few_ratings_only_rates_and_prices_are_told_and_why(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [as_openai(event) for event in seen(60)])
    result = run(str(path), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 0, result.output
    assert "60 ratings: rates and prices only, as fewer than 100 have a text; collect more" in result.stdout


@pytest.mark.parametrize(
    ("line", "says"), [("nothing", "line 2 is no JSON"), ("[{}]", "line 2 is no object; write one request or row")]
)
def test_a_line_that_is_no_record_is_named(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"model": "a", "prompt": "?", "good": true}\n' + line)
    result = run(str(tmp_path / "log.jsonl"), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 2
    assert says in result.stderr


def test_outcomes_that_lack_a_column_are_not_taken_for_a_log(tmp_path: Path) -> None:
    row = {"prompt": "?", "model": "a", "score": 1, "cost_usd": 0.1, "tokens_in": 1, "tokens_out": 1}
    result = run(str(log(tmp_path / "outcomes.jsonl", [row])), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 2
    assert "no column query_id" in result.stderr


def test_a_log_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [as_openai(event) for event in seen(200)])
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert run(str(path), "-o", str(tmp_path / "it.pantler")).exit_code == 0


def row(number: int, event: dict[str, Any]) -> Row:
    model, tokens = event["model"], Tokens(10, 20)
    price = Price(1_000_000, 2_000_000) if model == "cheap" else Price(10_000_000, 20_000_000)
    asked = Asked(model, tokens, price, "config", 50_000, 0.0, 0.1, 0.1)
    candidates = tuple(Candidate((each,), 1.0, 0.1, 0.5, 0.5) for each in ("cheap", "dear"))
    return Row(
        decision=f"dec_{number}", time=float(number), tenant="t", route="r", key_digest=f"{number:032x}", size_bytes=9,
        tier="miss", reason="", status=200, policy="", multiplexer="learned", model=model, tokens_in=10, tokens_out=20,
        candidates=candidates, asked=(asked,), spent=50_000, saved_by_cache=0, saved_by_choice=0, baseline=50_000,
        baseline_basis="measured", ratio=1.0, seconds=0.1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred rated decisions, and a file of their texts."""
    folder = tmp_path_factory.mktemp("ledger")
    events = seen(300)

    async def write() -> None:
        rows = Rows(folder)
        rows.open()
        for number, event in enumerate(events):
            rows.append(row(number, event))
        await rows.acked()
        for number, event in enumerate(events):
            await rows.rate(f"dec_{number}", "t", Word(float(event["good"])), float(number))
        await rows.close()

    asyncio.run(write())
    texts = [{"decision_id": f"dec_{number}", "prompt": event["text"]} for number, event in enumerate(events)]
    log(folder / "texts.jsonl", texts)
    return folder


def test_what_is_said_of_a_stored_answer_again_tells_of_no_further_answer(tmp_path: Path) -> None:
    """One bad answer served nine more, all of whom complain; another query's was not rated before its hit was."""

    async def write() -> None:
        rows = Rows(tmp_path)
        rows.open()
        tiers = [(1, "miss"), *[(1, "hit")] * 8, (1, "stale"), (2, "coalesced"), (1, "miss")]
        for number, (key, tier) in enumerate(tiers):
            made = replace(row(number, {"model": "cheap"}), tier=tier, key_digest=f"{key:032x}")
            rows.append(made)
            await rows.rate(made.decision, "t", Word(float(key == 2)), float(number))
        await rows.close()

    asyncio.run(write())
    found = from_ledger(tmp_path, {})
    assert [event.decision for event in found.events] == ["dec_0", "dec_10", "dec_11"]
    assert "9 ratings left out: of an answer that was rated before" in found.notes


def test_a_ledger_alone_teaches_rates_and_prices_and_says_so(ledger: Path, tmp_path: Path) -> None:
    result = run(str(ledger), "-o", str(tmp_path / "it.pantler"))
    assert result.exit_code == 0, result.output
    assert "rates and prices only, as it holds no texts; give texts with --texts" in result.stdout
    assert "$10 in, $20 out a million tokens" in result.stdout
    fitted = read_fitted(tmp_path / "it.pantler", ["cheap", "dear"])
    assert fitted.mean.wrong(READING.one("?")) == pytest.approx(fitted.mean.rates, abs=1e-3)
    assert fitted.mean.rates[0] > 0.4 > fitted.mean.rates[1]


def test_texts_joined_by_the_decision_teach_what_the_ledger_cannot(ledger: Path, tmp_path: Path) -> None:
    result = run(str(ledger), "-o", str(tmp_path / "it.pantler"), "--texts", str(ledger / "texts.jsonl"))
    assert result.exit_code == 0, result.output
    fitted = read_fitted(tmp_path / "it.pantler")
    assert fitted.mean.wrong(READING.one(a_sum(7)))[0] < 0.3 < fitted.mean.wrong(READING.one(a_poem(7)))[0]


def test_what_another_model_said_beside_a_request_is_fitted_to_by_the_chance_that_it_was_asked(tmp_path: Path) -> None:
    """The dear model alone answers clients; the cheap one is known by its shadows."""

    async def write() -> None:
        rows, rng = Rows(tmp_path), np.random.default_rng(0)
        rows.open()
        for number in range(300):
            for tier, model, suffix in (("miss", "dear", ""), ("shadow", "cheap", "-shadow")):
                alone = tuple(Candidate((each,), 1.0, 0.1, 0.5, float(each == model)) for each in ("cheap", "dear"))
                decision, right = f"dec_{number}{suffix}", float(rng.random() < (0.6 if suffix else 0.9))
                made = replace(row(number, {"model": model}), tier=tier, candidates=alone, decision=decision)
                rows.append(replace(made, tokens_in=0, tokens_out=0) if suffix else made)
                await rows.rate(decision, "t", Word(right), float(number))
        await rows.close()

    asyncio.run(write())
    result = run(str(tmp_path), "-o", str(tmp_path / "it.pantler"), "--error-weight", "0.0001")
    assert result.exit_code == 0, result.output
    fitted = read_fitted(tmp_path / "it.pantler", ["cheap", "dear"])
    assert fitted.mean.rates == pytest.approx([0.4, 0.1], abs=0.07)
    assert fitted.tokens_out == (20.0, 20.0)


def test_a_label_beside_a_request_counts_for_all_at_which_none_was_drawn(tmp_path: Path) -> None:
    """The cheap model is chosen where it is always right; a fifth of the rest is asked of it too, where it is wrong."""

    async def write() -> None:
        rows = Rows(tmp_path)
        rows.open()
        for number in range(600):
            chosen = "dear" if number % 2 else "cheap"
            said = [(chosen, "miss", "", 1.0)]
            if number % 5 == 0:
                said.append(("cheap" if number % 2 else "dear", "shadow", "-shadow", float(number % 2 == 0)))
            for model, tier, suffix, good in said:
                alone = tuple(Candidate((each,), 1.0, 0.1, 0.5, float(each == model)) for each in ("cheap", "dear"))
                made = replace(
                    row(number, {"model": model}), tier=tier, candidates=alone, decision=f"dec_{number}{suffix}"
                )
                rows.append(made)
                await rows.rate(made.decision, "t", Word(good), float(number))
        await rows.close()

    asyncio.run(write())
    assert run(str(tmp_path), "-o", str(tmp_path / "it.pantler"), "--error-weight", "0.0001").exit_code == 0
    assert read_fitted(tmp_path / "it.pantler", ["cheap", "dear"]).mean.rates[0] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("propensity", "chance"), [(0.0, 0.1), (0.5, 0.55), (1.0, 1.0)])
def test_a_label_comes_by_its_models_being_chosen_or_drawn_beside_the_choice(propensity: float, chance: float) -> None:
    plans = [("cheap", propensity), ("dear", 1.0 - propensity), ("other", 0.0)]
    request = replace(
        row(1, {"model": "cheap"}), candidates=tuple(Candidate((each,), 1.0, 0.1, 0.5, p) for each, p in plans)
    )
    drawn = tuple(Candidate((each,), 1.0, 0.1, 0.5, 0.5) for each in ("cheap", "other"))
    beside = replace(request, tier="shadow", decision="dec_1-shadow", candidates=drawn)
    labelled = [*(replace(request, decision=f"dec_{number}") for number in range(2, 11)), request, beside, beside]
    chances = Chances(labelled, {request.decision: request})
    assert chances.of(beside) == pytest.approx(chance)
    if propensity:
        assert chances.of(request) == pytest.approx(chance), "whichever way it came"


@pytest.mark.parametrize(("direct", "chance"), [(0.0, 0.9), (0.1, 1.0)])
def test_a_label_of_a_plans_later_model_comes_for_certain_after_what_the_first_has_said(
    direct: float, chance: float
) -> None:
    plans = ((("cheap", "dear"), 0.9), (("dear",), direct), (("cheap",), 0.1 - direct))
    called = row(1, {"model": "dear"}).asked
    before = tuple(replace(each, model="cheap") for each in called)
    candidates = tuple(Candidate(models, 1.0, 0.1, 0.5, share) for models, share in plans)
    gone_on = replace(row(1, {"model": "dear"}), candidates=candidates, asked=(*before, *called))
    assert Chances([gone_on], {}).of(gone_on) == pytest.approx(chance)
    if direct:
        assert Chances([gone_on], {}).of(replace(gone_on, asked=called)) == pytest.approx(direct), "asked at once"


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hundred rated decisions; answers of the cheap model have shown a judge whether they are right."""
    folder, rng = tmp_path_factory.mktemp("heard"), np.random.default_rng(3)

    async def write() -> None:
        rows = Rows(folder)
        rows.open()
        words = []
        for number in range(600):
            is_cheap, sure = bool(rng.random() < 0.5), -float(rng.exponential(0.5))
            words.append(sure > -0.5 if is_cheap else bool(rng.random() < 0.95))
            made = row(number, {"model": "cheap" if is_cheap else "dear"})
            called = replace(made.asked[0], shown=(None, sure, 3.0, None) if is_cheap else ())
            rows.append(replace(made, asked=(called,), reference="dear"))
        await rows.acked()
        for number, right in enumerate(words):
            await rows.rate(f"dec_{number}", "t", Word(float(right)), float(number))
        await rows.close()

    asyncio.run(write())
    return folder


def test_what_answers_have_shown_a_judge_is_learned_from_the_ledger(heard: Path, tmp_path: Path) -> None:
    result = run(str(heard), "-o", str(tmp_path / "it.pantler"), "--error-weight", "0.001")
    assert result.exit_code == 0, result.output
    assert "by what answers show, log-loss" in result.stdout
    fitted = read_fitted(tmp_path / "it.pantler", ["cheap", "dear"])
    sure, unsure = (fitted.score("cheap", Sign(confidence=each, length=3.0)) for each in (-0.1, -2.0))
    assert sure > 0.5 > unsure


def test_where_no_judge_has_heard_an_answer_nothing_is_said_of_signs(ledger: Path, tmp_path: Path) -> None:
    result = run(str(ledger), "-o", str(tmp_path / "it.pantler"))
    assert "by what answers show" not in result.stdout
    assert read_fitted(tmp_path / "it.pantler").signs is None


def test_texts_of_other_decisions_are_refused(ledger: Path, tmp_path: Path) -> None:
    texts = log(tmp_path / "texts.jsonl", [{"decision_id": "dec_other", "prompt": "?"}])
    result = run(str(ledger), "-o", str(tmp_path / "it.pantler"), "--texts", str(texts))
    assert result.exit_code == 2
    assert "none of the texts is of a rated decision" in result.stderr


def test_what_answers_have_shown_is_held_against_other_questions_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[signs_heard.Seen] = []
    monkeypatch.setattr(signs_heard, "learned", lambda seen, *_: told.append(seen))
    shown = (None, -0.5, 3.0, None)
    events = [
        Event(f"{number // 2}?", "cheap", float(number % 4 > 1), 1.0, 10.0, 20.0, 1e-5, told=0.9, shown=shown)
        for number in range(200)
    ]
    asked = Event("?", "dear", 1.0, 1.0, 10.0, 20.0, 1e-4, told=0.9)
    signs_heard.signing_heard(Experience("ledger", (*events, asked), reference="dear"), None)
    (seen,) = told
    assert (seen.queries == np.arange(200) // 2).all()


def test_where_signals_meet_their_words_count_as_far_as_they_have_earned(tmp_path: Path) -> None:
    events = seen(300)

    async def write() -> None:
        rows = Rows(tmp_path)
        rows.open()
        for number, event in enumerate(events):
            rows.append(row(number, event))
        for number, event in enumerate(events):
            decision, good = f"dec_{number}", float(event["good"])
            await rows.rate(
                decision, "t", Word(float(number % 3 > 0)), float(number)
            )  # thumbs are up two times in three
            if number < 200:
                await rows.rate(decision, "t", Word(good, "test"), float(number))
        await rows.close()

    asyncio.run(write())
    found = from_ledger(tmp_path, {})
    (thumbs,) = (note for note in found.notes if note.startswith("thumbs"))
    assert "beside other signals 200 times" in thumbs
    tested = [abs(event.good - float(said["good"])) for event, said in zip(found.events, events, strict=True)][:200]
    assert max(tested) < 0.1, "what ran is what counts"
    assert min(event.told for event in found.events[:200]) > 0.8 > max(event.told for event in found.events[200:])


def test_a_model_that_nobody_has_rated_is_named(ledger: Path, tmp_path: Path) -> None:
    result = run(str(ledger), "-o", str(tmp_path / "it.pantler"), "--pool", "chaep,dear")
    assert result.exit_code == 2
    assert "did you mean 'cheap'" in result.stderr


def test_a_log_with_chances_shows_that_choosing_by_text_is_better_than_the_static_choice(tmp_path: Path) -> None:
    path, page = log(tmp_path / "log.jsonl", [as_openai(event) for event in seen(900)]), tmp_path / "fit.html"
    arguments = (str(path), "-o", str(tmp_path / "it.pantler"), "--reference", "dear", "--check", "--report", str(page))
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert "this may be promoted over dear" in result.stdout
    assert read_fitted(tmp_path / "it.pantler").warning == ""
    text = page.read_text()
    assert text.count("<svg") == 3, "calibration of each model, and quality over cost"
    assert not re.search(r"(src|href)=\"http", text), "and nothing to fetch"


def test_a_log_of_chance_is_not_promoted_however_often_it_is_given() -> None:
    rng = np.random.default_rng(1)
    events = [
        Event(each["text"], each["model"], float(rng.random() < 0.5), 0.5, 10.0, 20.0, 1e-5) for each in seen(200)
    ]
    told = tuple(dataclasses.replace(each, decision=str(number)) for number, each in enumerate(3 * events))
    assert not by_log(Experience("log", told), "dear", Basis(READING, "hashing")).verdict.promoted


def test_of_a_text_that_came_before_the_report_says_what_follows(tmp_path: Path) -> None:
    events = [as_openai(event) for event in seen(120)]
    result = run(str(log(tmp_path / "log.jsonl", events + events[:20])), "-o", str(tmp_path / "it.pantler"))
    assert "20 of 140 texts have come before: all of one text are of one fold" in " ".join(result.stdout.split())


def test_a_log_without_chances_is_not_promoted_and_says_why(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [{**as_openai(event), "propensity": 1.0} for event in seen(300)])
    result = run(str(path), "-o", str(tmp_path / "it.pantler"), "--check", "--json")
    assert result.exit_code == 3, "written, but not to be used"
    told = json.loads(result.stdout)
    assert not told["verdict"]["promoted"]
    assert "the log says by no propensity" in told["verdict"]["reason"]
    assert "not shown to be better than" in read_fitted(tmp_path / "it.pantler").warning
    assert [need["queries"] for need in told["needs"]] == [75, 150, 300]


def unpriced(event: dict[str, Any]) -> dict[str, Any]:
    """As OpenAI's own log has it: nobody says there what a call cost."""
    return {key: value for key, value in as_openai(event).items() if key != "spend"}


def test_a_log_without_costs_says_how_prices_are_given(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [unpriced(event) for event in seen(200)])
    result = run(str(path), "-o", str(tmp_path / "route.pantler"))
    assert result.exit_code == 2
    assert "--price cheap=IN,OUT" in result.stderr


def test_prices_given_beside_a_log_are_those_of_the_fitted_file(tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [unpriced(event) for event in seen(200)])
    listed = "dear=openai/gpt-4o"
    result = run(str(path), "-o", str(tmp_path / "route.pantler"), "--price", "cheap=0.15,0.6", "--price", listed)
    assert result.exit_code == 0, result.output
    fitted = read_fitted(tmp_path / "route.pantler")
    assert fitted.price_in == pytest.approx((0.15e-6, 2.5e-6))
    assert fitted.price_out == pytest.approx((0.6e-6, 10e-6))


@pytest.mark.parametrize(
    ("price", "says"),
    [
        ("cheap", "is no price; write MODEL=IN,OUT"),
        ("cheap=0.1,much", "no number"),
        ("cheap=nobody/nothing", "or give cheap=IN,OUT"),
        ("chaep=0.1,0.2", "did you mean 'cheap'"),
    ],
)
def test_a_price_that_is_none_is_refused(price: str, says: str, tmp_path: Path) -> None:
    path = log(tmp_path / "log.jsonl", [unpriced(event) for event in seen(200)])
    result = run(str(path), "-o", str(tmp_path / "route.pantler"), "--price", price)
    assert result.exit_code == 2
    assert says in result.stderr


def test_records_without_tokens_are_no_decisions_to_check_by(tmp_path: Path) -> None:
    records = [as_openai(event) for event in seen(400)]
    del records[0]["response"]
    result = run(str(log(tmp_path / "log.jsonl", records)), "-o", str(tmp_path / "route.pantler"))
    assert result.exit_code == 0, result.output
