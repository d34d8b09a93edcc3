"""What is wrong with `[gateway]`: addresses, sizes, names of variables."""

from collections.abc import Mapping

from pantler.config.addresses import Address, address
from pantler.config.secrets import ENOUGH_BYTES, check_name
from pantler.config.tables import Report
from pantler.config.values import Config
from pantler.core.capacity import parse_bytes
from pantler.core.errors import CapacityError, ConfigError

ONE_PROCESS = (
    "one process decides for all requests, and more would each keep a cache of their own that knows of no other"
)


def check_gateway(config: Config, environment: Mapping[str, str], report: Report) -> None:
    """Report every mistake in the table."""
    gateway = config.gateway
    listen = _address("listen", gateway.listen, report)
    admin = _address("admin_listen", gateway.admin_listen, report)
    if listen and listen == admin and listen.port:
        report("admin_listen", "it is the address that clients use", "give the admin routes a port of their own")
    if listen and not listen.is_loopback and not any(tenant.keys for tenant in config.tenants):
        remedy = "listen on 127.0.0.1, or make a key with: pantler keys new"
        report("listen", "without keys it would let in everybody who reaches it", remedy)
    for key in ("body_bytes", "header_bytes"):
        try:
            parse_bytes(getattr(gateway, key))
        except CapacityError as error:
            report(key, *_parted(error))
    if gateway.workers > 1:
        report("workers", f"it is {gateway.workers}, but {ONE_PROCESS}", "give 1")
    _check_secrets(config, environment, admin, report)


def _check_secrets(config: Config, environment: Mapping[str, str], admin: Address | None, report: Report) -> None:
    gateway = config.gateway
    names_are_fine = [check_name(key, getattr(gateway, key), report) for key in ("admin_key_env", "pepper_env")]
    if not all(names_are_fine):
        return
    for key in ("admin_key_env", "pepper_env"):
        name = getattr(gateway, key)
        if 0 < len(environment.get(name, "")) < ENOUGH_BYTES:
            report(
                key, f"the secret in {name} is short enough to be guessed", f"give at least {ENOUGH_BYTES} random bytes"
            )
    if admin and not admin.is_loopback and not environment.get(gateway.admin_key_env):
        remedy = f"set {gateway.admin_key_env}, or listen on 127.0.0.1"
        report("admin_listen", "beyond this machine the admin routes need a credential", remedy)


def _address(key: str, text: str, report: Report) -> Address | None:
    try:
        return address(text)
    except ConfigError as error:
        report(key, *_parted(error))
        return None


def _parted(error: ConfigError) -> tuple[str, str]:
    """What is wrong, and the remedy."""
    wrong, _, remedy = str(error).partition("; ")
    return wrong, remedy
