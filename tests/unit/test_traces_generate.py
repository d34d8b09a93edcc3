import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from pantler.core.errors import ConfigError, TraceError
from pantler.traces.generate import generate
from pantler.traces.popularity import power, zipf
from pantler.traces.spec import parse_spec


def counts(spec: str) -> np.ndarray:
    """How often each key was asked, most often first."""
    return np.sort(np.bincount(generate(spec).ids))[::-1]


def test_the_same_spec_gives_the_same_trace() -> None:
    first, again = (generate("zipf:keys=100,requests=1000,drift=0.1,flood=0.1,epoch=100") for _ in range(2))
    assert first.keys is not None
    assert again.keys is not None
    assert (first.keys == again.keys).all()
    assert (first.costs == again.costs).all()


def test_another_seed_gives_another_trace() -> None:
    first, other = (generate(f"zipf:keys=100,requests=1000,seed={seed}") for seed in (1, 2))
    assert not np.array_equal(first.ids, other.ids)


def test_zipf_ranks_follow_the_law() -> None:
    weights = np.arange(1, 6) ** -0.9
    assert np.allclose(np.diff(zipf(5, 0.9), prepend=0), weights / weights.sum())
    drawn = counts("zipf:alpha=0.9,keys=5,requests=100000") / 100_000
    assert np.allclose(drawn, weights / weights.sum(), atol=4 * np.sqrt(0.25 / 100_000))


def test_power_ranks_follow_the_paper() -> None:
    assert np.allclose(np.diff(power(4, 0.5), prepend=0), np.diff(np.sqrt(np.arange(5) / 4)))
    assert np.allclose(np.diff(power(2, 2.0), prepend=0), [0.75, 0.25])


def test_drift_moves_popularity_from_key_to_key() -> None:
    still, moving = (
        generate(f"zipf:alpha=1.2,keys=1000,requests=40000,epoch=2000,drift={drift}") for drift in (0, 0.5)
    )
    tops = [
        {np.bincount(part.ids[place : place + 2000]).argmax() for place in range(0, 40_000, 2000)}
        for part in (still, moving)
    ]
    assert len(tops[0]) == 1
    assert len(tops[1]) > 3


def test_flooding_keys_come_once() -> None:
    trace = generate("zipf:keys=10,requests=20000,flood=0.3")
    per_key = np.bincount(trace.ids)
    assert abs((per_key == 1).sum() / 20_000 - 0.3) < 4 * np.sqrt(0.21 / 20_000)
    assert (per_key > 1).sum() == 10


def test_a_key_has_one_size_and_one_cost() -> None:
    trace = generate("zipf:keys=50,requests=2000")
    assert len({(i, s, c) for i, s, c in zip(trace.ids, trace.sizes, trace.costs[:, 0], strict=True)}) == trace.distinct


def test_models_add_a_cost_column_each_at_their_price_ratio() -> None:
    trace = generate("zipf:keys=50,requests=100,models=1/20/100")
    assert trace.cost_names == ("cost_1", "cost_2", "cost_3")
    assert np.allclose(trace.costs, trace.costs[:, :1] * [1, 20, 100])


def azure(folder: Path) -> Path:
    path = folder / "conv.csv"
    path.write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "2023-11-16 18:15:46.6,400,100\n" * 3)
    return path


def test_sizes_and_costs_come_from_azures_token_counts(tmp_path: Path) -> None:
    trace = generate(f"from:{azure(tmp_path)},keys=10,requests=100,input_price=0.5")
    assert set(trace.sizes) == {100 * 4 + 64}
    assert set(trace.costs[:, 0]) == {100 + 0.5 * 400}
    assert any("statistics file" in note for note in trace.notes)


def servegen(folder: Path, **files: str) -> Path:
    path = folder / "clients.tar"
    with tarfile.open(path, "w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"data/{name.replace('__', '.').replace('_', '-')}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def test_servegen_windows_weigh_as_much_as_their_rates(tmp_path: Path) -> None:
    busy, idle = (
        {"text_tokens": "{8: 1.0}", "image_tokens": "{2: 1.0}", "output_tokens": "{30: 1.0}"},
        {
            "text_tokens": "{8: 1.0}",
            "image_tokens": "{0: 1.0}",
            "output_tokens": "{70: 1.0}",
        },
    )
    path = servegen(
        tmp_path,
        chunk_0_trace__csv="0,3,0,,0,0\n600,1,0,,0,0\n",
        chunk_0_dataset__json=json.dumps({"0": busy, "600": idle, "1200": {}}),
        chunk_1_trace__csv="0,9,0,,0,0\n",
    )
    trace = generate(f"from:{path},keys=20000,requests=20000,flood=1,input_price=0.5")
    share = (trace.sizes == 30 * 4 + 64).mean()
    assert abs(share - 0.75) < 4 * np.sqrt(0.1875 / 20_000)
    assert set(trace.costs[:, 0]) == {30 + 0.5 * 10, 70 + 0.5 * 8}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("zipff:alpha=1", "did you mean 'zipf'"),
        ("zipf:alfa=1", "did you mean 'alpha'"),
        ("zipf:keys=many", "give a whole number from 1"),
        ("zipf:keys=1.5", "give a whole number from 1"),
        ("zipf:drift=2", "out of range; give a share"),
        ("zipf:alpha=nan", "out of range"),
        ("zipf:sizes=huge", "give unit, lognormal or tokens"),
        ("zipf:alpha", "has no value"),
        ("zipf:costs=tokens", "write from:FILE"),
        ("from:", "needs a file"),
        ("zipf:models=1/0", "price ratios above 0"),
    ],
)
def test_a_spec_that_cannot_be_met_says_why(spec: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_spec(spec)


def test_a_file_path_may_hold_commas_and_colons() -> None:
    assert parse_spec("from:C:/a,b.csv,keys=5").file == "C:/a,b.csv"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("key,size\n", "no token statistics"),
        ("TIMESTAMP,ContextTokens,GeneratedTokens\n", "a header without rows"),
        ("TIMESTAMP,ContextTokens,GeneratedTokens\nx,1\n", "line 2 is no"),
        ("TIMESTAMP,ContextTokens,GeneratedTokens\nx,1,-2\n", "line 2 has no sane number"),
    ],
)
def test_statistics_that_cannot_be_read_are_an_error(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "f.csv").write_text(content)
    with pytest.raises(TraceError, match=message):
        generate(f"from:{tmp_path / 'f.csv'}")


def test_an_archive_that_is_cut_short_or_empty_of_clients_is_an_error(tmp_path: Path) -> None:
    whole = servegen(tmp_path, chunk_0_trace__csv="0,3,0,,0,0\n" * 200)
    with pytest.raises(TraceError, match="no client with both"):
        generate(f"from:{whole}")
    whole.write_bytes(whole.read_bytes()[:700])
    with pytest.raises(TraceError, match="the archive is corrupt"):
        generate(f"from:{whole}")
