"""Matchers on labelled texts, by the command: what is printed, and what is refused."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pantler.cli import main
from pantler.embedders.hashing import Hashing

STREAM = "fact_id,text\n" + "".join(
    f"{number},What is the number of plant {number} in row {wording}?\n" for number in range(40) for wording in "ab"
)
PAIRS = "a,b,same_answer,category\nhow do i bake,how can i bake,1,harmless\nis it hot,is it not hot,0,negation\n"
MATCHERS = ["static 0.8", "static 0.9", "static 0.95", "static in hindsight", "vcache", "verified"]


def run(folder: Path, content: str, *arguments: str) -> Result:
    file = folder / "texts.csv"
    file.write_text(content)
    given = ["evaluate", "matcher", str(file), "--encoder", "hashing", "--seeds", "2", *arguments]
    return CliRunner().invoke(main, given, prog_name="pantler")


def test_a_stream_is_tried_by_every_matcher_and_seed_and_told_as_json(tmp_path: Path) -> None:
    shown = json.loads(run(tmp_path, STREAM, "--json").stdout)
    assert [(row["matcher"], row["seed"]) for row in shown["rows"]] == [
        (name, n) for n in range(2) for name in MATCHERS
    ]
    for row in shown["rows"]:
        assert 0.0 <= row["wrong_per_request"] <= row["hit_rate"] <= 1.0
        assert 0.0 <= row["wrong_per_hit"] <= 1.0
        assert isinstance(row["broken"], bool)
    assert shown["categories"] == []
    assert shown["rows"][MATCHERS.index("verified")]["lookup_microseconds"] > 0.0


def test_what_a_look_takes_has_its_embedding_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = count()
    monkeypatch.setattr("pantler.simulator.rehearsal.report.perf_counter", lambda: float(next(moments)))
    embedded = Counter[int]()

    def embed(self: Hashing, texts: Sequence[str]) -> Any:
        embedded[len(texts)] += 1
        return whole(self, texts)

    whole = Hashing.embed
    monkeypatch.setattr(Hashing, "embed", embed)
    shown = json.loads(run(tmp_path, STREAM, "--json", "--only-verified", "--seeds", "1").stdout)
    assert embedded[1] == 80, "each text by itself, as a gateway meets it"
    assert shown["rows"][0]["lookup_microseconds"] > 1e6, "one moment from before it is embedded to after it is found"


def test_pairs_are_told_by_category_besides(tmp_path: Path) -> None:
    shown = json.loads(run(tmp_path, PAIRS, "--only-verified", "--json").stdout)
    assert {row["matcher"] for row in shown["rows"]} == {"verified"}
    harmless, negation = shown["categories"]
    assert (harmless["category"], harmless["hit_rate"], harmless["false_hit_rate"]) == ("harmless", 0.0, None)
    assert (negation["category"], negation["hit_rate"], negation["false_hit_rate"]) == ("negation", None, 0.0)
    assert negation["reasons"] == {"negation_differs": 2}


def test_where_nothing_is_served_the_tables_say_so(tmp_path: Path) -> None:
    told = " ".join(run(tmp_path, PAIRS, "--only-verified").stdout.split())
    assert "In all runs verified served no near question" in told
    assert "negation" in told


def test_what_a_gateway_refuses_by_name_is_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    pairs = PAIRS + (
        "what is my balance,what is the balance of my account,1,own\n"
        "what is max_tokens for,what is max_choices for,0,code\n"
    )
    told = {given: json.loads(run(tmp_path, pairs, "--json", *given).stdout) for given in ((), ("--gateway-rules",))}
    reasons = {
        given: {row["category"]: row["reasons"] for row in shown["categories"] if row["matcher"] == "verified"}
        for given, shown in told.items()
    }
    assert reasons["--gateway-rules",]["own"] == {"personalised": 2}
    assert reasons["--gateway-rules",]["code"] == {"code_literal_differs": 2}
    assert reasons["--gateway-rules",]["harmless"] == reasons[()]["harmless"]
    assert not {"personalised", "code_literal_differs"} & {*reasons[()]["own"], *reasons[()]["code"]}


def test_a_text_that_a_gateway_refuses_is_found_by_none_and_counts_as_asked(tmp_path: Path) -> None:
    own = "fact_id,text\n" + "".join(f"{n // 2},what is my balance at bank {n}\n" for n in range(40))
    shown = json.loads(run(tmp_path, own, "--json", "--gateway-rules", "--only-verified").stdout)
    assert {(row["requests"], row["hit_rate"], row["lookup_microseconds"]) for row in shown["rows"]} == {
        (40, 0.0, None)
    }


def test_a_promise_per_hit_is_named_and_why_nothing_was_served_under_it(tmp_path: Path) -> None:
    told = " ".join(run(tmp_path, PAIRS, "--only-verified", "--max-wrong-per-hit", "0.05").stdout.split())
    assert "at most 1.0% wrong per request and 5.0% per hit" in told
    assert "too few sure hits were asked and right since" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--max-wrong-per-request", "0"], "'--max-wrong-per-request': 0.0 is not in the range 0<x<1"),
        (["--max-wrong-per-request", "nan"], "nan is not a finite number"),
        (["--max-wrong-per-hit", "1"], "'--max-wrong-per-hit': 1.0 is not in the range 0<x<1"),
        (["--judge-error", "0.5"], "'--judge-error'"),
        (["--seeds", "0"], "'--seeds': 0 is not in the range"),
        (["--texts", "1"], "'--texts': 1 is not in the range"),
        (["--encoder", "minilm", "--encoder-path", "nowhere"], "the embedder 'minilm'"),
        (["--encoder-path", "nowhere"], "--encoder-path is the folder of minilm; leave it out, or give --encoder"),
        (["--schedule", "sometimes"], "'--schedule'"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = run(tmp_path, PAIRS, *arguments)
    assert result.exit_code != 0
    assert said in " ".join((result.output + str(result.exception)).split())


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("fact_id,intent,text", "has the columns fact_id and intent, either of which may be meant"),
        ("intent,text,prompt", "has the columns text and prompt, either of which may be meant"),
        ("a,b,same_answer,fact_id,text", "has the columns of pairs and of a stream"),
    ],
)
def test_a_file_that_may_be_read_in_two_ways_is_refused(tmp_path: Path, columns: str, said: str) -> None:
    row = ",".join("1" for _ in columns.split(","))
    result = run(tmp_path, f"{columns}\n{row}\n")
    assert result.exit_code != 0
    assert said in " ".join((result.output + str(result.exception)).split())
