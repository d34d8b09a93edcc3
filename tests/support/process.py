"""The real `pantler serve` as a process of its own, on free ports of this machine."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE = 30.0


class Process:
    """Started on `file`; what it says is collected in `lines`."""

    def __init__(self, file: Path, environment: dict[str, str]) -> None:
        command = [sys.executable, "-c", "from pantler.cli import main; main()", "serve", str(file)]
        self._process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._heard = threading.Condition()
        assert self._process.stderr is not None
        self._listening = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._listening.start()
        self.url = self._address(r"pantler answers on ([^\s\"]+)/v1")

    def ask(self, path: str, key: str = "", body: object = None, base: str = "") -> tuple[int, bytes]:
        """Status and body of a request."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        try:
            with urlopen(Request((base or self.url) + path, data, headers), timeout=PATIENCE) as reply:
                return reply.status, reply.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()

    def admin(self) -> str:
        """The address of the admin routes."""
        return self._address(r"admin routes and metrics on ([^\s\"]+)")

    def cpu_seconds(self) -> float:
        """What it has used of a core since it began, where the system tells."""
        words = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def wait_for(self, pattern: str, times: int = 1) -> str:
        """The line that matches, once so many have."""
        deadline = time.monotonic() + PATIENCE
        with self._heard:
            while True:
                found = [line for line in self.lines if re.search(pattern, line)]
                if len(found) >= times:
                    return found[times - 1]
                assert self._heard.wait(deadline - time.monotonic()), (pattern, self.lines)

    def end(self) -> int:
        """Ask it to end, and return its exit code."""
        self._process.terminate()
        code = self._process.wait(PATIENCE)
        self._listening.join(PATIENCE)
        assert self._process.stderr is not None
        self._process.stderr.close()
        return code

    def _address(self, pattern: str) -> str:
        found = re.search(pattern, self.wait_for(pattern))
        assert found is not None
        return found[1]

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            with self._heard:
                self.lines.append(line)
                self._heard.notify_all()
