"""What a route may spend beside what its clients ask for, as the configuration says it."""

import re
from functools import cache
from typing import NamedTuple

from pantler.config.prices import nano_dollars
from pantler.config.values import Choice
from pantler.core.errors import ConfigError

SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)%", re.ASCII)


class Funds(NamedTuple):
    """Nano-dollars a day, UTC, or a share of what the route's calls cost."""

    share: float = 0.0
    per_day: int | None = None


@cache
def funds_of(text: str) -> Funds:
    """Of "$2/day" or "5%"; ConfigError for anything else."""
    if text.startswith("$") and text.endswith("/day"):
        return Funds(per_day=nano_dollars(text.removeprefix("$").removesuffix("/day")))
    share = SHARE.fullmatch(text)
    if share is None:
        raise ConfigError(f'{text!r} is nothing to spend; write a sum, such as "$2/day", or a share, such as "5%"')
    return Funds(share=float(share[1]) / 100.0)


def upgrade_share(choice: Choice) -> float:
    """The share of what its calls cost that `upgrades_of` a route may take, looked up for every call."""
    return funds_of(choice.upgrade_budget).share if choice.upgrade_budget else choice.upgrade_share


def upgrades_of(choice: Choice) -> Funds:
    """What upgrades of popular doubtful answers may cost."""
    return funds_of(choice.upgrade_budget) if choice.upgrade_budget else Funds(choice.upgrade_share)
