"""What a supervisor such as systemd sends and is told: hang-ups, and that the gateway is ready or about to end."""

import signal
from collections.abc import Mapping
from contextlib import suppress
from socket import AF_UNIX, SOCK_DGRAM, socket
from typing import Any

READY, STOPPING = b"READY=1", b"STOPPING=1"


class HangUp:
    """Remembers a SIGHUP that comes before there is anybody to heed it, which would end the process."""

    def __init__(self) -> None:
        self.came = False
        signal.signal(signal.SIGHUP, self._note)

    def _note(self, *_: Any) -> None:
        self.came = True


def tell(state: bytes, environment: Mapping[str, str]) -> None:
    """Say how it stands on the socket that whoever started the process listens on, if any (sd_notify(3))."""
    place = environment.get("NOTIFY_SOCKET", "")
    if not place:
        return
    with suppress(OSError), socket(AF_UNIX, SOCK_DGRAM) as spoken:  # nobody may listen any longer
        spoken.connect("\0" + place[1:] if place[0] == "@" else place)
        spoken.send(state)
