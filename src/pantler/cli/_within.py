"""Numbers that an option takes from a range."""

from math import isfinite
from typing import Any

import click


class Within(click.FloatRange):
    """A finite number in a range: click's own takes what is no number for one that lies in it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; refused in click's words where it lies outside, in ours where it is none."""
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a finite number", param, ctx)
        return number
