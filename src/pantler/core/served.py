"""An answer as a client got it, beside what that has saved it."""

import msgspec

from pantler.core.cost import Tokens


class Served(msgspec.Struct, frozen=True, gc=False):
    """An answer as a client got it: the model and the tokens that brought it.

    `estimated` says that the tokens are our estimate. `paid` is what the calls cost that brought it, all of its plan's,
    `spent` what this request spent: the same on a miss, nothing on a hit or where an equal call was joined. Both are
    None where a price is missing.
    """

    model: str
    tokens: Tokens
    paid: int | None
    spent: int | None
    estimated: bool = False


class Saved(msgspec.Struct, frozen=True, gc=False):
    """What goes into the ledger's row; None where a price is missing."""

    baseline: int | None
    baseline_basis: str
    ratio: float
    by_cache: int | None
    by_choice: int | None
