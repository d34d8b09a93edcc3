"""Client keys as keyed digests: what is at rest opens nothing.

    digest = HMAC-SHA256(pepper, key)

The pepper comes from an environment variable, or is made once in the state folder, readable by its owner alone.
"""

import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from platformdirs import user_state_path

from pantler.config.values import Config, Gateway, Key, Tenant
from pantler.core.errors import ConfigError

SCHEME = "hmac-sha256:"
PEPPER_FILE = "pepper"
MARK_FILE = "pepper-check"  # by which a folder knows the pepper that it was written under
SHORTEST_PEPPER = 16
_DIGEST = re.compile(r"hmac-sha256:[0-9a-f]{64}")


def digest(pepper: bytes, key: str) -> str:
    """What stands in the configuration for a client's key."""
    return SCHEME + hmac.digest(pepper, key.encode(), "sha256").hex()


def is_digest(text: str) -> bool:
    """Whether a text has the form of a digest."""
    return _DIGEST.fullmatch(text) is not None


def new_key() -> str:
    """A key that nobody can guess: 256 bits of the system's randomness."""
    return "pantler-" + secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key was shown."""

    tenant: Tenant
    key: Key


class Keyring:
    """Finds whose key a client shows, in the same time for every key that is not known.

    A key that was found is known from then on by another digest, in a tenth of the time: under a secret of its own.
    """

    def __init__(self, tenants: Iterable[Tenant], pepper: bytes) -> None:
        self._pepper = pepper
        self._begun = blake2b(key=secrets.token_bytes(32))
        self._found: dict[bytes, Holder] = {}  # at most as many as there are keys
        self._by_digest = {key.digest: Holder(tenant, key) for tenant in tenants for key in tenant.keys}

    def __len__(self) -> int:
        return len(self._by_digest)

    def find(self, key: str) -> Holder | None:
        """Who holds the key; None where nobody does."""
        quick = self._begun.copy()
        quick.update(key.encode())
        known = self._found.get(quick.digest())
        if known is not None:
            return known
        shown = digest(self._pepper, key)
        holder = self._by_digest.get(shown, _NOBODY)
        if not hmac.compare_digest(holder.key.digest, shown):
            return None
        self._found[quick.digest()] = holder
        return holder


_NOBODY = Holder(Tenant(name=""), Key(digest=SCHEME + "0" * 64))


@dataclass(frozen=True, slots=True)
class Pepper:
    """The secret of all keyed digests, and where it came from; never shown."""

    secret: bytes = field(repr=False)
    source: str


def state_folder(config: Config) -> Path:
    """Where what must outlive a restart is kept: the store's folder, or the user's own where nothing is stored."""
    return Path(config.cache.path) if config.cache.path else user_state_path("pantler")


def pepper(gateway: Gateway, folder: Path, environment: Mapping[str, str]) -> Pepper:
    """The secret named by `pepper_env`, or the one in `folder`, which is made where there is none.

    Raises ConfigError for a secret that is too short, a file that others may read, and a folder that can keep none.
    """
    given = environment.get(gateway.pepper_env, "")
    if given:
        return Pepper(_long_enough(given.encode(), gateway.pepper_env), gateway.pepper_env)
    if (folder / MARK_FILE).exists() and not (folder / PEPPER_FILE).exists():
        raise ConfigError(f"{folder / PEPPER_FILE} is not there and {gateway.pepper_env} is not set; {_back(folder)}")
    try:
        return _kept(folder / PEPPER_FILE)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot keep the pepper ({error.strerror}); let this user write it, or set {gateway.pepper_env}"
        ) from error


def mark(folder: Path, pepper: Pepper) -> None:
    """Leave in a folder by what its pepper is known; ConfigError, and nothing touched, where it was another's."""
    path = folder / MARK_FILE
    known = blake2b(b"pantler pepper", key=blake2b(pepper.secret).digest(), digest_size=32).hexdigest()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(0o600)
            path.write_text(known)
        if hmac.compare_digest(path.read_bytes(), known.encode()):
            return
    except OSError:  # a folder that cannot be written; answers flow all the same
        return
    raise ConfigError(f"{folder} was written under another pepper than that of {pepper.source}; {_back(folder)}")


def _back(folder: Path) -> str:
    return (
        "start with the former one, for without it no stored answer can be read and no client's key is known, "
        f"or remove {folder / MARK_FILE} to begin anew under another"
    )


def _kept(path: Path) -> Pepper:
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(
            f"{path} can be read by others than its owner; chmod 600 it, and change every key if they did"
        )
    return Pepper(_long_enough(path.read_bytes(), str(path)), str(path))


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    drafted = path.with_name(f"{PEPPER_FILE}.{os.getpid()}")
    handle = os.open(drafted, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    try:
        os.link(drafted, path)  # whoever is first wins; a half-written secret is never seen
    except FileExistsError:
        pass
    finally:
        drafted.unlink()


def _long_enough(secret: bytes, source: str) -> bytes:
    if len(secret) < SHORTEST_PEPPER:
        raise ConfigError(
            f"the pepper in {source} has {len(secret)} bytes; give at least {SHORTEST_PEPPER} random ones"
        )
    return secret
