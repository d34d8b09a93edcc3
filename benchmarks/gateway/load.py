"""Load by wrk: equal bytes, equal questions in unlike bytes or behind unlike heads, or questions that are all new."""

import re
import subprocess
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from servers import Server

PROMPT = "Which of these words is the name of a city, and which of a river? " * 4
FIRST = count(1)
REST_SECONDS = 0.5
AT_REST = 0.2  # of one core
BLANK = """local function blank(n)
  local said = ""
  while n > 0 do said, n = said .. string.sub(" \\t\\n\\r", n % 4 + 1, n % 4 + 1), math.floor(n / 4) end
  return said
end
"""  # a number as white space


@dataclass(frozen=True)
class Loaded:
    """What a bout of load came to."""

    per_second: float
    cpu_us: float
    requests: int
    errors: int


def load(server: Server, kind: str, seconds: int, folder: Path, connections: int = 64) -> Loaded:
    """Ask for so long, in a way of this `kind`.

    "same" asks in the same bytes, "unlike" as another user and with other white space each time, "user" as another
    user alone, "apart" with another id in the head too, "new" by another prompt. All are numbered on from bout to
    bout, so that none ever comes twice.
    """
    script = folder / "load.lua"
    script.write_text(_script(server, kind))
    before = server.cpu_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", script]
    said = subprocess.run(
        [*command, f"{server.url}/chat/completions"], capture_output=True, text=True, check=True
    ).stdout
    spent = server.cpu_seconds() - before
    requests = int(_number(r"(\d+) requests in", said))
    refused = int(_number(r"Non-2xx or 3xx responses: (\d+)", said))
    sockets = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    return Loaded(
        _number(r"Requests/sec: +([\d.]+)", said), 1e6 * spent / max(1, requests), requests, refused + sockets
    )


def settle(server: Server) -> None:
    """Return once the server is at rest, its last answers given or given up."""
    before = -1.0
    while (spent := server.cpu_seconds()) - before > AT_REST * REST_SECONDS:
        before = spent
        time.sleep(REST_SECONDS)


def _script(server: Server, kind: str) -> str:
    """As wrk runs it; a request that does not change is made once."""
    headers = "".join(f'["{name}"]="{value}",' for name, value in server.headers.items())
    asked = f'{{"model":"{server.model}",{server.fields}"messages":[{{"role":"user","content":"{PROMPT}'
    made = (
        'local function made(text, user, id) return wrk.format("POST", nil, {["content-type"]="application/json",'
        f"{headers}[\"x-request-id\"]=id}}, '{asked}' .. text .. '\"}}]' .. user .. '}}') end\n"
    )
    if kind == "same":
        return f'{made}local one\nfunction init() one = made("", "") end\nfunction request() return one end\n'
    user = 'made("", string.format(\',"user":"u%d"\', n)'
    ways = {"unlike": f"{user} .. blank(n))", "user": f"{user})", "apart": f"{user}, n)", "new": 'made(n, "")'}
    start = next(FIRST) * 100_000_000
    return f"{made}{BLANK}local n = {start}\nfunction request()\n  n = n + 1\n  return {ways[kind]}\nend\n"


def _number(pattern: str, said: str) -> float:
    found = re.search(pattern, said)
    return float(found[1]) if found else 0.0
