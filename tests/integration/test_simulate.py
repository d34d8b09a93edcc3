"""`pantler simulate` and `pantler.simulate` over made and recorded traces."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pantler
from pantler.cli import main
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
