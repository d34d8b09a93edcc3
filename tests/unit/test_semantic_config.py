"""Mistakes in `[routes.semantic]` are named, and so is what is not installed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pantler.build import embedder_of
from pantler.cli import main

CONFIG = """
[[models]]
name = "m"
base_url = "http://127.0.0.1:8000/v1"
price = "free"

[[routes]]
name = "r"
models = ["m"]
{route}
[routes.semantic]
embedder = "hashing"
{semantic}
"""


def checked(folder: Path, semantic: str = "", route: str = "") -> str:
    file = folder / "pantler.toml"
    file.write_text(CONFIG.format(semantic=semantic, route=route))
    found = CliRunner().invoke(main, ["check", str(file)])
    return " ".join(found.output.split())


def test_a_route_with_all_its_keys_can_be_used(tmp_path: Path) -> None:
    assert "can be used" in checked(
        tmp_path, 'max_wrong_per_hit = 1.0\njudge = "model"\njudge_settings = { model = "m" }'
    )


@pytest.mark.parametrize(
    ("semantic", "route", "said"),
    [
        ("max_wrong_per_request = 0.0", "", "semantic.max_wrong_per_request: it is 0.0; give a number between 0 and 1"),
        ("max_wrong_per_request = 1", "", "semantic.max_wrong_per_request: it is 1; give a number between 0 and 1"),
        ("max_wrong_per_hit = 0.0", "", "max_wrong_per_hit: it is 0.0; give a number above 0 and at most 1"),
        ('judge = "rules"', "", "semantic.judge: 'rules' is a judge of cascades; write \"equality\""),
        ('judge = "signs"', "", "semantic.judge: 'signs' is a judge of cascades"),
        ('second_path = "x"', "", "semantic.second_path: no second encoder is named; give second_embedder"),
        ("agreeing_tenants = 3", "", "semantic.agreeing_tenants: no answer is shared between tenants; leave it out"),
        ('second_embedder = "minilm"\nsecond_path = "x"', "", "semantic.second_embedder: the embedder 'minilm'"),
        ("judge_error = 0.5", "", "semantic.judge_error: it is 0.5; give a number from 0 to below 0.5"),
        ('judge = "equalty"', "", "semantic.judge: there is no judge 'equalty'; did you mean 'equality'?"),
        (
            'judge = "model"',
            "",
            "semantic.judge_settings.model: it is missing; name the model that is to judge, one of: m",
        ),
        ("judge_settings = { enough = 2 }", "", "semantic.judge_settings.enough: there is no such setting"),
        ('embeder = "x"', "", "semantic.embeder: there is no such key; did you mean 'embedder'?"),
        ("deadline_seconds = 0", "", "semantic.deadline_seconds: it is 0; give a number above 0"),
        ("", "variants = 2", "semantic: answers are to vary, in 2 variants; leave out semantic, or variants"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, semantic: str, route: str, said: str) -> None:
    assert said in checked(tmp_path, semantic, route)


def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder_of.cache_clear()
    monkeypatch.setattr("pantler.embedders.wordllama.find_spec", lambda _: None)
    said = checked(tmp_path).replace("hashing", "")
    assert "can be used" in said, "hashing needs no package"
    file = tmp_path / "pantler.toml"
    file.write_text(file.read_text().replace('embedder = "hashing"', ""))
    found = CliRunner().invoke(main, ["check", str(file)])
    assert found.exit_code != 0
    assert "pip install 'pantler[semantic]'" in found.output
    embedder_of.cache_clear()
