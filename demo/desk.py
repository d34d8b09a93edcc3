"""Asks a gateway what the help desk of `month.py` is asked, rates six answers in ten and keeps the questions.

The scripted models know nothing of a help desk: an answer counts as right by the chances that `month.py` gives its
model at such a question.
"""

import argparse
import http.client
import json
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from month import KINDS, MISTAKEN, question

REQUESTS = 3000
RATED = 0.6
HEADERS = {"content-type": "application/json", "authorization": "Bearer none"}


def posted(gateway: http.client.HTTPConnection, path: str, body: dict[str, object]) -> http.client.HTTPResponse:
    """The whole response to a POST."""
    gateway.request("POST", path, json.dumps(body), HEADERS)
    response = gateway.getresponse()
    text = response.read()
    if response.status != 200:
        raise SystemExit(f"{path} was answered with {response.status}: {text.decode()}")
    return response


def asked(gateway: http.client.HTTPConnection, chance: Random) -> dict[str, str]:
    """One question and what somebody may say of its answer; the decision's id with the text."""
    kind = chance.choice(KINDS)
    text = question(chance, kind)
    messages = [{"role": "user", "content": text}]
    response = posted(gateway, "/v1/chat/completions", {"model": "desk", "messages": messages})
    decision = response.headers["x-pantler-decision"]
    is_right = chance.random() < kind[2 if response.headers["x-pantler-model"] == "cheap" else 3]
    if chance.random() < RATED:
        is_good = is_right != (chance.random() < MISTAKEN)
        posted(gateway, "/v1/feedback", {"decision_id": decision, "good": is_good})
    return {"decision_id": decision, "prompt": text}


def main() -> None:
    """Ask, and write the texts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("texts", type=Path)
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    gateway, chance = http.client.HTTPConnection(urlsplit(given.url).netloc, timeout=60.0), Random(given.seed)
    given.texts.write_text("".join(json.dumps(asked(gateway, chance)) + "\n" for _ in range(REQUESTS)))


if __name__ == "__main__":
    main()
