"""Where to listen, and whom to ask: addresses as they are written."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pantler.core.errors import ConfigError

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
PATHS = ("/chat/completions", "/completions", "/embeddings", "/models")
EXAMPLE = 'write it as "https://api.openai.com/v1"'


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; port 0 takes any that is free."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def address(text: str) -> Address:
    """The address in "127.0.0.1:8080", "localhost:8080" or "[::1]:8080"; ConfigError for anything else."""
    host, colon, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if is_bracketed else host
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535 or not _is_host(bare, is_bracketed):
        raise ConfigError(f'{text!r} is no address to listen on; write a host and a port, such as "127.0.0.1:8080"')
    return Address(bare, int(port))


def check_url(text: str) -> None:
    """Refuse what is no plain http(s) address; the message does not repeat a password that stands in it."""
    try:
        parts = urlsplit(text)
        is_complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and _port_is_fine(parts)
    except ValueError:
        is_complete = False
    else:
        if parts.username is not None or parts.password is not None:
            raise ConfigError(
                "it holds a user or a password; name the environment variable of a key in key_env instead"
            )
        if parts.path.rstrip("/").endswith(PATHS):
            raise ConfigError(f"it ends in the path of a request, which is put behind it; {EXAMPLE}")
        if parts.query or parts.fragment:
            raise ConfigError(f"it has a query or a fragment; {EXAMPLE}")
    if not is_complete:
        shown = "it" if "@" in text else repr(text)
        raise ConfigError(f"{shown} is no http(s) address; {EXAMPLE}")


def _is_host(host: str, is_bracketed: bool) -> bool:
    try:
        return (ip_address(host).version == 6) == is_bracketed
    except ValueError:
        return not is_bracketed and _HOST.fullmatch(host) is not None and not host.replace(".", "").isdigit()


def _port_is_fine(parts: SplitResult) -> bool:
    return parts.port != 0  # reading it raises ValueError where it is out of range
