import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pantler.cli import main
from pantler.config.keys import digest

PEPPER = "0123456789abcdef-canary"


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="pantler", input=given)


def test_a_new_key_is_shown_once_and_its_digest_is_what_the_configuration_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", PEPPER)
    result = run("keys", "new", "--name", "laptop")
    assert result.exit_code == 0
    key = result.stderr.rsplit(" ", 1)[1].strip()
    (tenant,) = tomllib.loads(f'[[tenants]]\nname = "acme"\n{result.stdout}')["tenants"]
    (entry,) = tenant["keys"]
    assert entry == {"digest": digest(PEPPER.encode(), key), "name": "laptop"}
    assert key not in result.stdout
    assert "under the pepper of PANTLER_PEPPER" in result.stderr
    assert PEPPER not in result.output


def test_a_script_has_a_new_key_and_its_digest_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", PEPPER)
    result = run("keys", "new", "--name", "laptop", "--json")
    made = json.loads(result.stdout)
    known = {"digest": digest(PEPPER.encode(), made["key"]), "pepper": "PANTLER_PEPPER"}
    assert made == {"key": made["key"], "name": "laptop", **known}
    assert result.stderr == ""
    assert json.loads(run("keys", "digest", "--json", given=made["key"]).stdout) == known


def test_the_digest_of_a_key_is_made_without_showing_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", PEPPER)
    result = run("keys", "digest", given="pantler-key-canary\n")
    assert result.stdout.strip() == digest(PEPPER.encode(), "pantler-key-canary")
    assert "pantler-key-canary" not in result.output


def test_a_key_comes_through_a_pipe_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", PEPPER)
    command = [sys.executable, "-W", "error", "-c", "from pantler.cli import main; main()", "keys", "digest"]
    found = subprocess.run(command, input="pantler-key-canary\n", capture_output=True, text=True, check=True)
    assert (found.stdout.strip(), found.stderr) == (digest(PEPPER.encode(), "pantler-key-canary"), "")


def test_a_key_that_could_be_guessed_has_a_digest_and_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", PEPPER)
    result = run("keys", "digest", given="guessed\n")
    assert (result.exit_code, result.stdout.strip()) == (0, digest(PEPPER.encode(), "guessed"))
    assert "short enough to be guessed" in result.stderr
    assert "canary" not in result.output


def test_no_key_on_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", PEPPER)
    result = run("keys", "digest", given="\n")
    assert (result.exit_code, "no key came on standard input" in result.stderr) == (2, True)


def test_a_key_that_no_header_carries_has_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTLER_PEPPER", PEPPER)
    result = run("keys", "digest", given="schlüssel\n")
    assert (result.exit_code, result.stdout, "ASCII" in result.stderr) == (2, "", True)


def test_a_file_that_still_lacks_its_first_key_says_where_the_pepper_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PANTLER_PEPPER", raising=False)
    file = tmp_path / "gateway.toml"
    file.write_text('[gateway]\nlisten = "0.0.0.0:80"\n[cache]\npath = "state"\n[[tenants]]\nname = "acme"\n')
    assert run("keys", "new", "--config", str(file)).exit_code == 0
    assert (tmp_path / "state" / "pepper").stat().st_mode & 0o777 == 0o600


def test_the_price_of_a_model_is_told_with_its_source() -> None:
    result = run("prices", "openai/gpt-4o-mini")
    assert "USD per 1M tokens: 0.15 in, 0.6 out, 0.075 cached (genai-prices " in result.output
    assert run("prices", "claude-sonnet-4-5").output.count("above 200000 tokens in: 6 in, 22.5 out") == 1
    assert '"pico_dollars_per_token": null' in run("prices", "nobody/nothing", "--json").output
