"""Make a client's key, or the digest of one."""

import json
import os
import sys
from pathlib import Path

import click

from pantler.config.keys import Pepper, digest, new_key, pepper, state_folder
from pantler.config.reading import read_unchecked
from pantler.config.secrets import ENOUGH_BYTES
from pantler.config.values import Config
from pantler.config.writing import toml
from pantler.core.errors import ConfigError

CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(readable=False, path_type=Path),
    help="The configuration that names the pepper and where it is kept; the defaults' otherwise.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="JSON to standard output, a new key in it too.")


@click.group()
def command() -> None:
    """Keys are known by keyed digests: what stands in the configuration opens nothing."""


@command.command()
@click.option("--name", default="", help="What the key will be called in messages.")
@CONFIG
@JSON
def new(name: str, file: Path | None, as_json: bool) -> None:
    """Make a key, show it this once, and print what goes under its tenant."""
    key = new_key()
    found = _pepper(file)
    entry = {"digest": digest(found.secret, key)} | ({"name": name} if name else {})
    if as_json:
        click.echo(json.dumps({"key": key, **entry, "pepper": found.source}, indent=2))
        return
    click.echo(f"# It is known under the pepper of {found.source}; a gateway with another one refuses it", err=True)
    click.echo(f"# Give this key to the client; it cannot be shown again: {key}", err=True)
    click.echo(toml({"tenants": {"keys": [entry]}}), nl=False)


@command.command(name="digest")
@CONFIG
@JSON
def of(file: Path | None, as_json: bool) -> None:
    """Print the digest of a key that is read from standard input, where no history keeps it."""
    key = _asked().strip()
    if not key:
        raise ConfigError("no key came on standard input; type one, or send it through a pipe")
    if not key.isascii():
        raise ConfigError("a key goes in an HTTP header, where only ASCII means the same to all; make another one")
    if len(key) < ENOUGH_BYTES:
        remedy = f"give the client one of at least {ENOUGH_BYTES} random bytes: pantler keys new"
        click.echo(f"# The key is short enough to be guessed; {remedy}", err=True)
    found = _pepper(file)
    made = digest(found.secret, key)
    click.echo(json.dumps({"digest": made, "pepper": found.source}, indent=2) if as_json else made)


def _asked() -> str:
    """What a person types unseen, or the first line of a pipe, which a prompt would pass over for the terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return str(click.prompt("Key", hide_input=True, prompt_suffix=": ", err=True))


def _pepper(file: Path | None) -> Pepper:
    config = Config() if file is None else read_unchecked(file)
    return pepper(config.gateway, state_folder(config), os.environ)
