from pathlib import Path

import pytest

from pantler.config.keys import digest
from process import Process

CLIENT, STRANGER = "pantler-canary-of-a-client", "pantler-canary-of-a-stranger"
PEPPER, ADMIN, UPSTREAM = "canary-of-the-pepper", "canary-of-the-administrator", "canary-of-the-upstream"
PROMPT, ANSWER = "canary-of-a-prompt", "canary-of-an-answer"

FILE = f"""
[gateway]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"

[cache]
path = "state"

[[models]]
name = "small"
provider = "scripted"
key_env = "UPSTREAM_KEY"
price = "free"
settings = {{ answers = {{ "{PROMPT}" = "{ANSWER}" }} }}

[[models]]
name = "broken"
base_url = "http://127.0.0.1:9/v1"
key_env = "UPSTREAM_KEY"
price = "free"

[[tenants]]
name = "acme"
keys = [{{ digest = "{digest(PEPPER.encode(), CLIENT)}", name = "laptop" }}]
"""


def chat(model: str) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": PROMPT}], "temperature": 0}


@pytest.mark.promise("S7")
@pytest.mark.promise("S2")
def test_no_key_and_no_prompt_is_in_a_log_a_metric_an_error_or_at_rest(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(FILE)
    process = Process(file, {"PANTLER_PEPPER": PEPPER, "PANTLER_ADMIN_KEY": ADMIN, "UPSTREAM_KEY": UPSTREAM})
    try:
        answers = [process.ask("/v1/chat/completions", CLIENT, chat("small")) for _ in range(2)]
        assert [status for status, _ in answers] == [200, 200]
        refusals = [
            process.ask("/v1/chat/completions", STRANGER, chat("small")),
            process.ask("/v1/chat/completions", "", chat("small")),
            process.ask("/v1/chat/completions", CLIENT, chat("broken")),
            process.ask("/v1/chat/completions", CLIENT, chat("smal")),
            process.ask("/v1/chat/completions", CLIENT, b'{"model": '),
            process.ask("/admin/stats", STRANGER, base=process.admin()),
        ]
        assert [status for status, _ in refusals[:2]] == [401, 401]
        seen = [process.ask(path, ADMIN, base=process.admin()) for path in ("/metrics", "/admin/stats", "/admin/keys")]
        assert [status for status, _ in seen] == [200, 200, 200]
    finally:
        assert process.end() == 0
    said = "".join(process.lines).encode() + b"".join(body for _, body in refusals + seen)
    assert b"canary" not in said
    kept = {path: path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()}
    assert kept
    for secret in (CLIENT, STRANGER, PEPPER, ADMIN, UPSTREAM):
        assert not [path for path, contents in kept.items() if secret.encode() in contents], secret
