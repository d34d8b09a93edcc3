"""Files that nobody wrote as a configuration are refused in the usual shape, at once."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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


SPOKEN = '[[models]]\nname = "a"\nprovider = "{}"\nprice = "free"\n'
NEAR = MODEL + '[[routes]]\nname = "r"\nmodels = ["a"]\n'
TOLD = {
    "a share above one": (MODEL + "settings = { wrong_rate = 7 }", "settings.wrong_rate: it is 7; give"),
    "less than no time": (MODEL + "settings = { latency_seconds = -3 }", "settings.latency_seconds: it is -3; give"),
    "no answers": (MODEL + 'settings = { answers_path = "empty" }', "empty is empty; name in answers_path"),
    "answers that are not there": (
        MODEL + 'settings = { answers_path = "nope" }',
        "nope cannot be read (No such file or directory); name in answers_path",
    ),
    "no recording": (SPOKEN.format("replay") + 'settings = { path = "nope" }', "directory); name in path a file"),
    "no weights": (SPOKEN.format("local") + 'settings = { weights = "nope.gguf" }', "nope.gguf; name a GGUF file"),
    "a request's path": (
        SPOKEN.format("openai") + 'base_url = "https://a.example/v1/chat/completions"',
        "base_url: it ends in the path of a request, which is put behind it; write",
    ),
    "a name of two lines": (MODEL.replace('"a"', '"a\\nb"'), "name: it is text; give text in quotes, not empty and in"),
    "a judge without a model": (
        NEAR + 'semantic = { judge = "model" }',
        "semantic.judge_settings.model: it is missing; name the model that is to judge, one of: a",
    ),
    "a fitted file that nobody reads": (
        NEAR + 'multiplexer = { fitted = "route.pantler" }',
        'multiplexer.fitted: "single" does not read it; write use = "learned", or leave it out',
    ),
    "newcomers that nobody waits for": (
        NEAR + 'multiplexer = { use = "tabular", newcomers = ["a"] }',
        'multiplexer.newcomers: "tabular" does not read it; write use = "learned", or leave it out',
    ),
    "a judge that is unknown here": (
        NEAR + 'semantic = { judge = "xyzzy" }',
        "there is no judge 'xyzzy'; known: embedding, equality, model",
    ),
    "a judge that nobody hears": (
        NEAR + 'multiplexer = { judge = "rule" }',
        "multiplexer.judge: there is no judge 'rule'; did you mean 'rules'?",
    ),
    "names that are missing": (
        "[[models]]\n" + MODEL + '[[tenants]]\nname = "t"\nroutes = ["x"]',
        "routes: there is no route 'x'; known: a",
    ),
    "a byte order mark": (
        "\ufeff" + MODEL,
        "it begins with a byte order mark, which TOML has not; save it",
    ),
    "text for tables": ('models = "x"', "[[models]]: it is text; write [[models]], once for each"),
    "one table for several": (
        MODEL.replace("[[", "[").replace("]]", "]"),
        "[[models]]: it is one table; write [[models",
    ),
    "keys of one table": (
        MODEL + '[[tenants]]\nname = "t"\n[tenants.keys]\ndigest = "x"',
        '[[tenants]] "t", keys: it is one table; write [[tenants.keys]], once for each',
    ),
    "a key's key beside it": (
        MODEL + '[[tenants]]\nname = "t"\ndigest = "x"',
        "digest: there is no such key; it belongs in [[tenants.keys]]",
    ),
    "a model that is a list": (
        NEAR + 'semantic = { judge = "model", judge_settings = { model = [] } }',
        "semantic.judge_settings.model: it is no text; write the model's name in quotes",
    ),
    "a multiplexer of all routes": (MODEL + "[multiplexer]", "[multiplexer]: there is no such table; each route has"),
    "an estimator": (MODEL + "[estimator]", "[estimator]: there is no such table; [routes.multiplexer] says"),
    "a store": (MODEL + "[store]", "[store]: there is no such table; give [cache] its path and durability"),
    "an embedder": (MODEL + "[embedder]", "[embedder]: there is no such table; name it where it is used"),
    "a signal believed too much": (
        MODEL + "[feedback]\nsignals = { fine = 0.9, odd = 7.5 }",
        "[feedback], signals.odd: it is 7.5; give a number from 0.5 to below 1",
    ),
    "a key of a table within": (
        NEAR + 'second_embedder = "minilm"',
        "second_embedder: there is no such key; it belongs in [routes.semantic]",
    ),
}


@pytest.mark.parametrize(("text", "says"), TOLD.values(), ids=TOLD)
def test_what_would_fail_only_later_is_a_mistake_with_a_remedy(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "empty").touch()
    if "gguf" in text and find_spec("xllamacpp") is None:
        pytest.skip("needs the wheel xllamacpp")
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    found = CliRunner().invoke(main, ["check", str(file)])
    assert found.exit_code == 2, found.output
    assert says in found.output
    assert not any(line.endswith("; ") for line in found.output.splitlines())


@pytest.mark.parametrize("key", ["sk-1\nsk-2", "schlüssel"])
def test_a_key_that_no_header_carries_is_a_mistake_by_the_name_of_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("UPSTREAM_KEY", key)
    file = tmp_path / "gateway.toml"
    file.write_text(MODEL + 'key_env = "UPSTREAM_KEY"')
    found = CliRunner().invoke(main, ["check", str(file)])
    assert found.exit_code == 2
    assert "key_env: the environment variable UPSTREAM_KEY holds what no HTTP header carries; give" in found.output
    assert key not in found.output


@pytest.mark.parametrize("verb", ["check", "serve"])
def test_a_file_that_may_not_be_read_says_who_has_to_be_let(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    def denied(path: Path, *given: Any, **named: Any) -> Any:
        if path == file:
            raise PermissionError(13, "Permission denied")
        return opened(path, *given, **named)

    opened = Path.open
    file = tmp_path / "gateway.toml"
    file.write_text(MODEL)
    monkeypatch.setattr(Path, "open", denied)
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    found = CliRunner().invoke(main, [verb, str(file)])
    assert found.exit_code == 2
    assert "it cannot be read: Permission denied; let the user who runs pantler read it" in found.output


def test_spans_without_their_packages_are_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry") or name == "pantler.gateway.spans"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    file = tmp_path / "gateway.toml"
    file.write_text("[gateway]\nspans = true\n" + MODEL)
    found = CliRunner().invoke(main, ["check", str(file)])
    assert found.exit_code == 2
    assert "[gateway], spans: gateway.spans needs optional packages; install them with" in found.output


MANY = """
[cache]
policy = "gdfs"

[[models]]
provider = "scripted"
price = "free"

[[models]]
name = "a"
provider = "scripted"
price = "free"
max_tokens_out = 0
settings = { wrong_rat = 1, wrong_rate = 5 }

[[models]]
name = "b"
provider = "scripted"
price = "free"
settings = { answers_path = "nope" }

[[models]]
name = "c"
provider = "nobody"
settings = { any = 1 }

[[routes]]
name = "r"
models = ["a", "xyzzy"]
multiplexer = { use = "learned", fitted = "none", judge = "agreement", judge_settings = { enough = 1 } }
"""


def test_every_mistake_is_named_whatever_others_there_are(tmp_path: Path) -> None:
    file = tmp_path / "many.toml"
    file.write_text(MANY)
    found = CliRunner().invoke(main, ["check", "--json", str(file)])
    told = [(each["table"], each["key"]) for each in json.loads(found.output)["mistakes"]]
    assert sorted(told) == [
        ('[[models]] "a"', "max_tokens_out"),
        ('[[models]] "a"', "settings.wrong_rat"),
        ('[[models]] "a"', "settings.wrong_rate"),
        ('[[models]] "b"', "settings"),
        ('[[models]] "c"', "provider"),
        ("[[models]] number 1", "name"),
        ('[[routes]] "r"', "models"),
        ('[[routes]] "r"', "multiplexer.fitted"),
        ('[[routes]] "r"', "multiplexer.judge_settings"),
        ("[cache]", "policy"),
    ]
    assert "known: a, b, c" in found.output  # and no model without a name
