"""Files that nobody wrote as a configuration are refused in the usual shape, at once."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pantler.cli import main

MODEL = '[[models]]\nname = "a"\nprovider = "scripted"\nprice = "free"\n'
ODD = {
    "a hundred thousand brackets": "a = " + "[" * 100_000,
    "lists in lists": "a = " + "[" * 60 + "]" * 60,
    "inline tables in one another": MODEL + "settings = " + "{a=" * 3000 + "1" + "}" * 3000,
    "tables in one another": MODEL + "settings = " + "{a=" * 40 + "1" + "}" * 40,
    "a number of 5,000 digits": "x = " + "9" * 5000,
    "a number of 5,000 hexadecimal digits": MODEL + "max_tokens_out = 0x" + "f" * 5000,
    "a price of 5,000 hexadecimal digits": MODEL.replace('"free"', "{ in = 0x" + "f" * 5000 + ", out = 1 }"),
    "a hundred thousand names in a key": "a" + ".a" * 100_000 + " = 1",
    "a hundred thousand names in a table's": "[" + "a." * 100_000 + "a]",
    "a hundred thousand quoted names": '"a".' * 100_000 + "a = 1",
    "a quote that nothing ends": 'a = "' + '\\"' * 100_000,
    "more than anybody wrote": "#" * (5 << 20),
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_file_is_refused_with_its_name_a_reason_and_a_remedy(tmp_path: Path, text: str) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(text)
    found = CliRunner().invoke(main, ["check", str(file)])
    assert found.exit_code == 2, found.output
    assert found.output.startswith(f"Error: {file}: ")
    assert all("; " in line and not line.endswith("; ") for line in found.output.splitlines())
    assert len(found.output) < 2000


def test_dots_within_texts_and_comments_are_no_names(tmp_path: Path) -> None:
    dots = "a." * 100
    file = tmp_path / "good.toml"
    file.write_text(f"# {dots}\n{MODEL}revision = \"{dots} # \\\" {dots}\"\nupstream_model = '''\n{dots}'''\n")
    found = CliRunner().invoke(main, ["check", str(file)])
    assert found.exit_code == 0, found.output
