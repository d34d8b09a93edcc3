"""Secrets are named by environment variable and never stand in the file, nor in a message."""

import re
from collections.abc import Mapping

from pantler.config.tables import Report

ENOUGH_BYTES = 16
_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_ANY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SECRET_KEYS = re.compile(r"(?i)(^|_)(api_?key|key|token|secret|password|authorization)$")


def check_name(key: str, name: str, report: Report) -> bool:
    """Whether it can name an environment variable; what cannot may be the secret itself, so that it is not shown."""
    if _ANY_NAME.fullmatch(name):
        return True
    report(key, "it is no name of an environment variable", "write the variable's name, not the secret itself")
    return False


def check_set(key: str, name: str, environment: Mapping[str, str], report: Report) -> None:
    """Report a variable that is named and holds nothing, or what no HTTP header carries."""
    if not check_name(key, name, report):
        return
    held = environment.get(name)
    shown = f"the environment variable {name}" if _NAME.fullmatch(name) else "the environment variable that it names"
    if not held:
        wrong = "is not set" if held is None else "is set, but empty"
        report(key, f"{shown} {wrong}", "export it before the start, or leave the key out where none is needed")
    elif not (held.isascii() and held.isprintable()):
        report(key, f"{shown} holds what no HTTP header carries", "give plain ASCII without line breaks")


def check_settings(settings: Mapping[str, object], report: Report) -> None:
    """Report settings that hold a secret."""
    for name, value in settings.items():
        if isinstance(value, str) and SECRET_KEYS.search(name):
            report(
                f"settings.{name}", "it looks like a secret", "name an environment variable that holds it, in key_env"
            )
