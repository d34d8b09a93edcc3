"""The values that a matcher takes and gives."""

from collections.abc import Hashable
from typing import Any

import msgspec

from pantler.matching.wording import Wording


class Near(msgspec.Struct, frozen=True, gc=False):
    """A stored text that an index found: its entry's key, the cosine, the text as it was read.

    Only the nearest need have been read. `second` is the cosine by a second encoder, None where none was asked or its
    vector is not there yet.
    """

    key: Hashable
    cosine: float
    wording: Wording | None = None
    second: float | None = None


class Finding(msgspec.Struct, frozen=True):
    """What a matcher makes of the nearest stored text.

    `wrong` is the estimated chance that its answer is wrong for the text asked, `serve` whether it may be served, and
    `audit` that it would have been but the model is asked so as to see. `row` is the pair as
    `learn` wants it back.
    """

    key: Hashable
    wrong: float
    serve: bool
    reason: str
    audit: bool = False
    would: bool = False
    share: float = 1.0
    row: Any = None
