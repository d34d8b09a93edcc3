"""From the bytes of a chat request to its key, stage by stage, against what one would write by hand.

By hand: `json.loads`, then sha256 of `json.dumps(sort_keys=True)`. CPU time, the least of interleaved rounds, for a
request of about 500 bytes and one of about 8,000. Prints commit, versions and seed; writes results/keys.csv.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from _arguments import arguments
from _record import provenance, write

from pantler.config.values import Route
from pantler.gateway.parsing import parse
from pantler.gateway.query_key import Bypass, Partition, material
from pantler.gateway.repeats import Repeats
from pantler.gateway.wire import Fault
from pantler.gateway.wires.chat import Chat

WORDS = (62, 1560)  # in the question
ROUNDS = 40
CALLS = 500
SEED = 0  # nothing is drawn
RESULTS = Path(__file__).parent / "results" / "keys.csv"


def body_of(words: int) -> bytes:
    """A chat request with a question of so many words."""
    messages = [
        {"role": "system", "content": "You are a helpful assistant who answers briefly."},
        {"role": "user", "content": "word " * words},
    ]
    fields = {"model": "gpt-4o-mini", "messages": messages, "temperature": 0, "max_tokens": 100, "stream": False}
    return json.dumps(fields).encode()


def stages(body: bytes) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    wire, route = Chat(), Route("fast", ("gpt-4o-mini",))
    partition = Partition(b"pepper", "tenant", "fast", "chat")
    request = wire.read(body)
    assert not isinstance(request, Fault)
    said = material(request, wire, route)
    assert not isinstance(said, Bypass)
    repeats = Repeats()
    raw = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    repeats.learn(raw, lambda: b"")

    def whole() -> int:
        read = wire.read(body)
        assert not isinstance(read, Fault)
        form = material(read, wire, route)
        assert not isinstance(form, Bypass)
        return partition.key(form)

    return {
        "by hand": lambda: hashlib.sha256(json.dumps(json.loads(body), sort_keys=True).encode()).digest(),
        "parse": lambda: parse(body),
        "read (parse, check)": lambda: wire.read(body),
        "canonical form": lambda: material(request, wire, route),
        "hash": lambda: partition.key(said),
        "whole (read, form, hash)": whole,
        "same bytes again": lambda: repeats.again.get(bytes(bytearray(raw))),  # a copy: its hash is not known yet
    }


def least_us(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """CPU microseconds of one call: the least of rounds in which all take turns."""
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            began = time.process_time_ns()
            for _ in range(CALLS):
                call()
            least[name] = min(least[name], (time.process_time_ns() - began) / CALLS / 1000)
    return least


def main() -> None:
    """Time, print, record."""
    out = arguments(__doc__, RESULTS).parse_args().out
    origin = provenance(SEED)
    rows = []
    for words in WORDS:
        body = body_of(words)
        least = least_us(stages(body))
        for name, us in least.items():
            ratio = us / least["by hand"]
            rows.append({"bytes": len(body), "stage": name, "us": round(us, 2), "ratio": round(ratio, 3)})
            print(f"{len(body):6} bytes  {name:26} {us:7.2f} us  {ratio:6.3f} of by hand")
    write(out, rows, origin)
    print(" ".join(f"{name}={value}" for name, value in origin.items()))


if __name__ == "__main__":
    main()
