"""`pantler simulate` and `pantler.simulate` over made and recorded traces."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import pantler
from pantler.cli import main
from pantler.core.errors import CapacityError, ConfigError, TraceError
from pantler.simulator.plots import figure
from pantler.simulator.regret import regret
from pantler.simulator.study import LANES
from pantler.traces.trace import trace_of

SPEC = "zipf:alpha=0.9,keys=500,requests=4000,seed=3"
COLUMNS = {
    "policy", "capacity", "capacity_bytes", "hit_ratio", "byte_hit_ratio",
    "cost_saved", "bound_saved", "share_of_bound", "requests", "seconds",
}  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *words])


def test_json_has_the_schema_and_every_policy_at_every_capacity() -> None:
    made = run("--generate", SPEC, "--policies", "lru,lec,auto", "--capacities", "2%,30%", "--json")
    assert made.exit_code == 0, made.output
    found = json.loads(made.stdout)
    assert found["schema"] == 1
    assert [(row["policy"], row["capacity"]) for row in found["rows"]] == [
        (policy, capacity) for capacity in ("2%", "30%") for policy in ("lru", "lec", "auto")
    ]
    for row in found["rows"]:
        assert set(row) == COLUMNS
        assert 0 <= row["cost_saved"] <= row["bound_saved"] <= 1
        assert row["share_of_bound"] == pytest.approx(row["cost_saved"] / row["bound_saved"])
        assert row["requests"] == 4000


def test_cost_saved_counts_cold_misses() -> None:
    trace = trace_of([1, 2, 1, 2, 3], costs=[3.0, 5.0, 3.0, 5.0, 4.0])
    (row,) = pantler.simulate(trace, policies=["lru"], capacities=["3B"]).rows
    assert row.cost_saved == pytest.approx((3 + 5) / 20)
    assert row.hit_ratio == pytest.approx(2 / 5)
    assert row.bound_saved == pytest.approx(8 / 20)


def test_a_greater_capacity_never_lowers_the_bound() -> None:
    report = pantler.simulate(
        SPEC, policies=["gdsf"], capacities=["1%", "5%", "20%"], bounds=("pfoo", "static", "belady")
    )
    for saved in report.bounds.values():
        assert list(saved.values()) == sorted(saved.values())
    assert all(report.bounds["belady"][size] <= report.bounds["pfoo"][size] for size in report.bounds["pfoo"])


def test_the_page_fetches_nothing_and_the_pictures_are_written(tmp_path: Path) -> None:
    page, picture, curves = tmp_path / "r.html", tmp_path / "r.png", tmp_path / "regret.png"
    made = run(
        "--generate", SPEC, "--policies", "lru,lec", "--capacities", "2%",
        "--html", str(page), "--plot", str(picture), "--regret", str(curves),
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    text = page.read_text()
    assert not re.search(r"""(src|href)=["'](?!#)|@import|<script""", text)
    assert text.count("<tr>") == 3
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert curves.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--generate", SPEC, "--policies", "gdfs"), "did you mean 'gdsf'"),
        (("--generate", SPEC, "--capacities", "much"), "64MB|KiB|MB"),
        (("--generate", SPEC, "--bounds", "pfo"), "did you mean 'pfoo'"),
        (("--generate", SPEC, "--costs", "token"), "did you mean 'tokens'"),
        (("--generate", SPEC, "--html", "/proc/none/r.html"), "cannot be written"),
        (("--generate", SPEC, "--plot", "x.bmp"), r"x\.bmp' names no format that can be drawn; end it in \.pdf, \.png"),
        (("--generate", SPEC, "--regret", "x"), "names no format"),
        (("--generate", SPEC, "--max-bad-share", "7"), "0<=x<=1"),
        (("nowhere.csv", "--max-bad-share", "nan"), "nan is not a finite number"),
        (
            ("--generate", SPEC, "--columns", "key=a"),
            "say how a recording is read, and --generate makes none; drop them",
        ),
        (("--generate", SPEC, "--format", "csv"), "drop them"),
        (("--generate", SPEC, "--sample", "0.5", "--seed", "-1"), "seed -1: names no draw; give a whole number from 0"),
        (("--generate", "zipf:keys=inf"), "keys=inf: no whole number; give a whole number from 1 to 1e9"),
        (("--generate", SPEC, "--threads", "0"), "threads"),
        (("--generate", SPEC, "--policies", "auto", "--lane", "sweep"), "replay only"),
        (("--generate", SPEC, "--lane", "sweeping"), "lane"),
        (("--generate", SPEC, "--capacities", "99999999TB"), "100% keeps everything"),
        (("--generate", SPEC, "--sample", "2"), "out of range"),
        ((), "name one trace"),
        (("nowhere.csv",), "nowhere.csv"),
    ],
)
def test_a_mistake_is_one_clear_line(words: tuple[str, ...], remedy: str) -> None:
    made = run(*words)
    assert made.exit_code == 2
    assert re.search(remedy, made.output)
    assert "Traceback" not in made.output


def test_recorded_keys_without_costs_say_that_costs_are_drawn(shared_data: Path) -> None:
    report = pantler.simulate(shared_data / "traces/cache2k/web12.trace.xz", policies=["lru"], capacities=["0.5%"])
    assert report.rows[0].cost_saved == pytest.approx(0.313, abs=0.0005)  # caching.md section 4
    assert report.rows[0].bound_saved == pytest.approx(0.595, abs=0.0005)
    assert any("drawn by a fixed hash" in note for note in report.notes)


def test_a_failed_run_leaves_no_file_behind_and_touches_none(tmp_path: Path) -> None:
    new, old = tmp_path / "new.png", tmp_path / "old.html"
    old.write_text("kept")
    assert run("nowhere.csv", "--plot", str(new), "--html", str(old)).exit_code == 2
    assert not new.exists()
    assert old.read_text() == "kept"
    refused = run("--generate", SPEC, "--html", str(old))
    assert refused.exit_code == 2
    assert "is there and is no page" in refused.output
    assert old.read_text() == "kept"


def test_every_bound_stands_beside_every_result_in_table_page_picture_and_json(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    words = ("--generate", SPEC, "--policies", "lru,gdsf", "--capacities", "2%,10%", "--html", str(page))
    found = json.loads(run(*words, "--json").stdout)
    text = run(*words).output
    assert list(found["bounds"]) == ["pfoo", "static", "belady"]
    for name, shares in found["bounds"].items():
        assert name in text
        assert f"<th>{name}</th>" in page.read_text()
        assert f"bound: {name}" in page.read_text()  # the picture's legend
        for share in shares.values():
            assert text.count(f"{100 * share:.2f} %") >= 2
            assert page.read_text().count(f"<td>{100 * share:.2f} %</td>") >= 2


def test_both_lanes_may_be_named_and_agree() -> None:
    lanes = {lane: pantler.simulate(SPEC, policies=["lru", "lec"], capacities=["5%"], lane=lane) for lane in LANES}
    assert [row.hit_ratio for row in lanes["sweep"].rows] == [row.hit_ratio for row in lanes["replay"].rows]


def test_of_several_models_the_best_is_reckoned_with_and_the_output_says_so() -> None:
    made = run("--generate", SPEC + ",models=20/1", "--policies", "lru", "--capacities", "2%")
    assert "costs: the least of cost_1, cost_2 for each request" in made.output
    named = run("--generate", SPEC + ",models=20/1", "--policies", "lru", "--capacities", "2%", "--costs", "cost_1")
    assert "the least of" not in named.output


def test_regret_is_drawn_for_every_capacity(tmp_path: Path) -> None:
    curves = tmp_path / "regret.svg"
    words = ("--policies", "lru,auto", "--capacities", "2%,10%", "--regret", str(curves))
    assert run("--generate", SPEC, *words).exit_code == 0
    text = curves.read_text()
    assert all(f"<!-- {capacity} -->" in text for capacity in ("2%", "10%"))


def test_regret_ends_at_what_was_paid_beyond_the_best_fixed_set() -> None:
    trace = trace_of([1, 2, 1, 2, 3, 1], costs=[3.0, 5.0, 3.0, 5.0, 4.0, 3.0])
    assert regret(trace, "lru", 1).tolist() == regret(trace, "auto", 1).tolist()
    assert regret(trace, "lru", 1)[-1] == 23 - (23 - 6)  # the set {1} saves two requests of 3
    assert regret(trace, "lru", 2).tolist() == [0, 0, 0, 0, 0, 3]


def test_a_picture_orders_capacities_by_their_bytes_and_shows_the_bounds_of_a_single_one() -> None:
    drawn = figure(pantler.simulate(SPEC, policies=["lru"], capacities=["10%", "200B", "2%"]))
    assert [tick.get_text() for tick in drawn.axes[0].get_xticklabels()] == ["200B", "2%", "10%"]
    report = pantler.simulate(SPEC, policies=["lru"], capacities=["2%"])
    (bound,) = [line for line in figure(report).axes[0].lines if line.get_label() == "bound: pfoo"]
    assert bound.get_ydata() == pytest.approx([100 * report.bounds["pfoo"]["2%"]] * 2)


def test_a_picture_tells_every_policy_apart_outside_the_axes() -> None:
    from pantler.build import names

    policies = [name for name in names("policies") if name != "auto"]
    drawn = figure(pantler.simulate(SPEC, policies=policies, capacities=["2%", "10%"]))
    looks = {(box[0].get_color(), box[0].get_marker()) for box in drawn.axes[0].containers}
    assert len(looks) == len(policies)
    assert [text.get_text() for text in drawn.legends[0].get_texts()][-len(policies) :] == policies


@pytest.mark.parametrize("given", [{"policies": []}, {"policies": "lru"}, {"capacities": ()}, {"capacities": "2%"}])
def test_what_is_no_list_of_names_is_refused_with_an_example(given: dict[str, Sequence[str]]) -> None:
    with pytest.raises(ConfigError, match="no list of names; write for example"):
        pantler.simulate(SPEC, **given)


@pytest.mark.parametrize("given", [{"policies": 5}, {"capacities": None}, {"bounds": "pfoo"}, {"bounds": None}])
def test_what_is_no_list_at_all_is_refused_alike(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no list of names; write for example"):
        pantler.simulate(SPEC, **given)


@pytest.mark.parametrize("trace", [None, 5, [1, 2], b"zipf:keys=9"])
def test_what_is_no_trace_is_refused_with_the_ways_to_have_one(trace: Any) -> None:
    with pytest.raises(TraceError, match="is no trace; name a recording, generate one, or make one"):
        pantler.simulate(trace)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"policies": [3]}, "no policy named 3; known: auto"),
        ({"costs": 7}, "costs=7: no name; write costs='tokens'"),
        ({"sample": "x"}, "sample='x': no share of the keys"),
        ({"threads": "x"}, "threads='x': nothing would run"),
    ],
)
def test_an_argument_of_another_kind_is_refused_by_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        pantler.simulate(SPEC, **given)


def test_a_capacity_that_is_no_text_is_refused_with_the_ways_to_write_it() -> None:
    with pytest.raises(
        CapacityError, match="a capacity of 5 is no text; write '2%' of the footprint, '64MB', or bytes"
    ):
        pantler.simulate(SPEC, policies=["lru"], capacities=[5])  # type: ignore[list-item]


def test_a_share_that_is_less_than_a_byte_names_the_footprint(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("key,size,cost\n1,10,1\n2,10,1\n")
    done = run(str(tmp_path / "log.csv"), "--capacities", "2%")
    assert done.exit_code == 2
    assert "a capacity of '2%' holds nothing: all answers together take 20 bytes; give a larger share" in done.stderr


def test_what_is_named_twice_is_simulated_once() -> None:
    done = run("--generate", SPEC, "--policies", "lru,lru", "--capacities", "2%,2%", "--json")
    assert [(row["policy"], row["capacity"]) for row in json.loads(done.stdout)["rows"]] == [("lru", "2%")]
